"""What a run learns from and is measured on: its images, its masks, and who prepares the batches of them."""

import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import suppress

import numpy as np

from pconv_cli.cores import usable_cores
from pconv_cli.errors import PconvError, UsageError, option
from pconv_cli.training.data.batches import (
    Batch,
    ImageStore,
    TrainingBatches,
    read_rgb,
    validation_batches,
)
from pconv_cli.training.data.beginning import check_places
from pconv_cli.training.data.damage import DAMAGED_SIDE, find_damaged, name_of
from pconv_cli.training.data.device_batches import DeviceBatches
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.data.process_batches import ProcessBatches
from pconv_cli.training.data.splitting import split_images
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.options import Loader, TrainOptions

VALIDATION_IMAGES = 48


class TrainingData:
    """The images and masks of a run.

    Args:
        options: The run.
        team: Its processes, of which the first alone validates.
        warn: Called for each file that cannot be used.

    Attributes:
        count: Images to train on.
        images_hash: Hash of their names and those of the held-out ones.

    Raises:
        UsageError: The run lies among its images, masks are images, or the loader does not fit.
        NothingToDo: No image, or no mask.
    """

    def __init__(self, options: TrainOptions, team: Team, warn: Callable[[str], None]) -> None:
        check_places(options)
        self._options, self._team, self._loader = options, team, pick_loader(options, team)
        self._damaged = find_damaged(options, warn)
        sources, read = (self._damaged.sources, self._damaged.read) if self._damaged else (None, read_rgb)
        learnt, held_out = split_images(options.data, options.validation, options.seed, sources)
        names = "\n".join(name_of(source, options.data) for source in (*learnt, *held_out))
        self.images_hash = hashlib.sha256(names.encode(errors="surrogateescape")).hexdigest()
        self.count = len(learnt)
        room = int(min(options.cache, 2**30) * 2**30)  # no machine has more, and floats have no end
        self._masks = MaskSource(
            options.crop,
            kind=options.mask_kind,
            folder=options.masks,
            seed=options.seed,
            bank=options.mask_bank,
            warn=warn,
        )
        here = 0 if self._loader == "device" else room
        side = max(4 * options.crop, DAMAGED_SIDE if self._damaged else 0)
        self._store = ImageStore(learnt, side, here, warn, read)
        self._held_out_store = ImageStore(held_out if team.leads else [], side, 0, warn, read)
        _ = self._store[0], self._masks.draw(np.random.default_rng(0))  # fail before anything is written
        recipe = {"crop": options.crop, "batch": options.batch, "seed": options.seed}
        augmentation = options.augmentation
        self._batches: TrainingBatches
        if self._loader == "device":
            self._batches = DeviceBatches(
                self._store, self._masks, team.device, room, augmentation=augmentation, **recipe
            )
        else:
            pin = team.device.type == "cuda"
            self._batches = TrainingBatches(self._store, self._masks, augmentation=augmentation, pin=pin, **recipe)

    def held_out(self) -> list[Batch]:
        """Return the validation batches; none in processes that do not validate."""
        crop, batch = self._options.crop, self._options.batch
        return validation_batches(self._held_out_store, self._masks, crop=crop, batch=batch, count=VALIDATION_IMAGES)

    def ahead(self, numbers: range) -> Generator[Batch]:
        """Yield the batches of these numbers in order, prepared while earlier ones are used, from the first one on."""
        workers = self._options.workers or (16 if self._loader == "device" and self._team.device.type == "cuda" else 1)
        if self._loader == "processes":
            yield from ProcessBatches(self._batches).ahead(numbers, workers)
            return
        processes = min(workers, _cores_of_this(self._team))
        whole = len(numbers) * self._options.batch >= self._masks.bank  # enough masks are wanted that all will be
        if isinstance(self._batches, DeviceBatches) and self._options.masks is None and whole and processes > 1:
            # The processes may be ended, as by a SIGTERM to the whole group, after which the run has still to save its
            # state; or not begin, as where a script calls `train` without a guard. Then masks are drawn when needed.
            with suppress(PconvError):
                self._batches.draw_masks(processes)
        yield from self._batches.ahead(numbers, workers)

    def unreadable(self) -> set[str]:
        """Return what was wrong with each file that could not be used."""
        sources = (self._damaged, self._store, self._held_out_store, self._masks)
        return {message for source in sources if source is not None for message in source.unreadable.values()}


def pick_loader(options: TrainOptions, team: Team) -> Loader:
    """Choose who prepares batches: ``auto`` is the device itself where that is a CUDA device, else threads.

    Raises:
        UsageError: Images that are damaged themselves on the device: their crops are chosen by what is known.
    """
    if options.loader == "auto":
        return "device" if team.device.type == "cuda" and options.damage is None else "threads"
    if options.loader == "device" and options.damage is not None:
        raise UsageError(
            f"{option('loader')} device does not know {option('damage')}; take {option('loader')} threads or processes"
        )
    return options.loader


def _cores_of_this(team: Team) -> int:
    """The cores for one of several processes: those that it is bound to, or its share of the machine's."""
    cores = usable_cores()
    return cores // team.size if cores == os.cpu_count() else cores
