"""Batches as a pure function of seed and step, prepared ahead by threads.

Nothing here has a state that would have to be saved: batch ``k`` is the same whoever asks for it, whenever, and
after however many others. That is what makes a resumed run continue as if it had never stopped.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pconv_cli.errors import FileError, NothingToDo, one_file
from pconv_cli.training.data.augmentation import centre_crop, resized
from pconv_cli.training.data.damage import Source, draw_sample, file_of, read_source
from pconv_cli.training.data.masks import MaskSource, nobody_to_tell


class Batch(NamedTuple):
    """Images ``(N, 3, H, W)`` in [0, 1] and masks ``(N, 1, H, W)``, 1 = valid, all float32.

    Of images that are damaged themselves, ``known`` ``(N, 1, H, W)`` is 1 where the truth is known, and the mask is
    0 where it is not: a hole for the network. None: all is known.
    """

    truth: Tensor
    mask: Tensor
    known: Tensor | None = None

    def to(self, device: torch.device) -> "Batch":
        """Move the batch to a device."""
        truth, mask = (tensor.to(device, non_blocking=True) for tensor in (self.truth, self.mask))
        return Batch(truth, mask, None if self.known is None else self.known.to(device, non_blocking=True))

    def pinned(self) -> "Batch":
        """Copy the batch to memory from which a GPU takes it while the processor goes on."""
        known = None if self.known is None else self.known.pin_memory()
        return Batch(self.truth.pin_memory(), self.mask.pin_memory(), known)

    def first(self, count: int) -> "Batch":
        """Return its first images, at most this many."""
        return Batch(self.truth[:count], self.mask[:count], None if self.known is None else self.known[:count])


def read_rgb(source: Source) -> NDArray[np.uint8]:
    """Decode an image, or a page, as ``(H, W, 3)`` uint8 RGB.

    Raises:
        ImageError: It cannot be.
    """
    return np.rint(read_source(source).rgb() * 255).astype(np.uint8)


class ImageStore:
    """Images decoded at their first use, and kept as uint8 RGB as far as ``room`` goes.

    Args:
        sources: The files, or pages of them.
        max_short_side: An image whose shorter side is longer is reduced to it: no crop would see more of it.
        room: Bytes of memory for decoded images; those beyond are decoded again at each use.
        warn: Called once for each file that cannot be read.
        read: Decodes a file to ``(H, W, 3)`` or, with its damage, ``(H, W, 4)``; see `training.data.damage`.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        max_short_side: int,
        room: int,
        warn: Callable[[str], None],
        read: Callable[[Source], NDArray[np.uint8]] = read_rgb,
    ) -> None:
        self._sources, self._read = sources, read
        self._max_short_side = max_short_side
        self._kept: dict[int, NDArray[np.uint8]] = {}
        self._room, self._warn = room, warn
        self._lock = threading.Lock()
        self.unreadable: dict[int, str] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to read the same images; it keeps its own warnings to itself."""
        return {**self.__dict__, "_kept": {}, "_lock": None, "_warn": nobody_to_tell}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= {**state, "_lock": threading.Lock()}

    def share_room(self, processes: int) -> None:
        """Keep images in a process's share of the memory."""
        self._room //= processes

    def note_unreadable(self, unreadable: Mapping[int, str]) -> None:
        """Note and report what others could not read."""
        for index, message in unreadable.items():
            with self._lock:
                known = index in self.unreadable
                self.unreadable[index] = message
            if not known:
                self._warn(f"{message}; another image takes its place")

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Image number ``index`` as it was read; where that cannot be read, the next one that can.

        Raises:
            NothingToDo: None of the files can be read.
            IndexError: There is no file.
        """
        if not self._sources:
            raise IndexError("no images")
        for other in range(index, index + len(self)):
            image = self._image(other % len(self))
            if image is not None:
                return image
        raise NothingToDo(f"no image can be learnt from; the first: {self.unreadable[index % len(self)]}")

    def _image(self, index: int) -> NDArray[np.uint8] | None:
        if index in self.unreadable:
            return None
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        try:
            with one_file(file_of(self._sources[index])):
                image = self._read(self._sources[index])
                scale = self._max_short_side / min(image.shape[:2])
                if scale < 1:
                    image = resized(image, *(max(1, round(side * scale)) for side in image.shape[1::-1]))
        except FileError as error:
            self.note_unreadable({index: str(error)})
            return None
        with self._lock:
            if index not in self._kept and image.nbytes <= self._room:
                self._room -= image.nbytes
                self._kept[index] = image
        return image


class TrainingBatches:
    """The training batches of a run.

    Args:
        store: The images.
        masks: The masks.
        crop: Side of the crops.
        batch: Images a batch.
        augmentation: ``crop`` or ``icme``.
        seed: Seed of everything random.
        pin: Whether `ahead` gives batches for a GPU to take; see `Batch.pinned`.
    """

    def __init__(
        self,
        store: ImageStore,
        masks: MaskSource,
        *,
        crop: int,
        batch: int,
        augmentation: str,
        seed: int,
        pin: bool = False,
    ) -> None:
        self._store, self._masks, self.pin = store, masks, pin
        self._crop, self._batch, self._augmentation, self._seed = crop, batch, augmentation, seed
        self._order: tuple[int, NDArray[np.int64]] | None = None

    def __getitem__(self, number: int) -> Batch:
        """Batch ``number``; every image is seen once before any is seen twice."""
        truths, masks = [], []
        for sample in range(number * self._batch, (number + 1) * self._batch):
            rng = np.random.default_rng([self._seed, 1, sample])
            image = self._store[self._image(sample)]
            truth, mask = draw_sample(image, self._masks, self._crop, self._augmentation, rng)
            truths.append(truth)
            masks.append(mask)
        return to_batch(truths, masks)

    @property
    def unreadable(self) -> tuple[dict[int, str], dict[int, str]]:
        """What was wrong with images and masks that could not be read."""
        return self._store.unreadable, self._masks.unreadable

    def note_unreadable(self, unreadable: tuple[dict[int, str], dict[int, str]]) -> None:
        """Note and report what other processes could not read."""
        self._store.note_unreadable(unreadable[0])
        self._masks.note_unreadable(unreadable[1])

    def share_room(self, processes: int) -> None:
        """Keep images in a process's share of the memory."""
        self._store.share_room(processes)

    def _image(self, number: int) -> int:
        epoch, place = divmod(number, len(self._store))
        order = self._order
        if order is None or order[0] != epoch:  # threads may both compute it: the same values
            order = (epoch, np.random.default_rng([self._seed, 2, epoch]).permutation(len(self._store)))
            self._order = order
        return int(order[1][place])

    def _prepared(self, number: int) -> Batch:
        batch = self[number]
        return batch.pinned() if self.pin else batch

    def ahead(self, numbers: range, workers: int) -> Generator[Batch]:
        """Yield the batches of these numbers in order, each prepared by threads while earlier ones are used."""
        pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
        waiting: deque[Future[Batch]] = deque()
        asked = iter(numbers)
        try:
            for _ in numbers:
                while len(waiting) < workers + 1 and (number := next(asked, None)) is not None:
                    waiting.append(pool.submit(self._prepared, number))
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def validation_batches(store: ImageStore, masks: MaskSource, *, crop: int, batch: int, count: int) -> list[Batch]:
    """Cut the middle of up to ``count`` held-out images, each with a mask that is always the same.

    No batch where there is no held-out image that can be read.
    """
    try:
        store[0]
    except (NothingToDo, IndexError):
        return []
    images = [store[i] for i in np.linspace(0, len(store) - 1, min(count, len(store))).astype(int)]
    drawn = [masks.draw(np.random.default_rng([3, i])) for i in range(len(images))]
    crops = [centre_crop(image, crop) for image in images]
    return [to_batch(crops[i : i + batch], drawn[i : i + batch]) for i in range(0, len(crops), batch)]


def to_batch(truths: list[NDArray[np.uint8]], masks: list[NDArray[np.bool_]]) -> Batch:
    """Stack images ``(H, W, 3 or 4)`` and masks ``(H, W)`` of one size into a `Batch`."""
    images = np.stack(truths)
    truth = torch.from_numpy(np.ascontiguousarray(images[..., :3])).permute(0, 3, 1, 2).float().div_(255)
    mask = torch.from_numpy(np.stack(masks)[:, None]).float()
    if images.shape[-1] == 3:
        return Batch(truth, mask)
    known = torch.from_numpy(images[:, None, :, :, 3] == 0).float()
    return Batch(truth, known * mask, known)
