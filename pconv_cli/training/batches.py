"""Batches as a pure function of seed and step, prepared ahead by threads.

Nothing here has a state that would have to be saved: batch ``k`` is the same whoever asks for it, whenever, and
after however many others. That is what makes a resumed run continue as if it had never stopped.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pconv_cli.errors import NothingToDo
from pconv_cli.files.find import find_pictures
from pconv_cli.files.pictures import read_picture
from pconv_cli.training.augmentation import augment, centre_crop
from pconv_cli.training.masks import MaskSource

CACHE_BYTES = 6 * 2**30


class Batch(NamedTuple):
    """Pictures ``(N, 3, H, W)`` in [0, 1] and masks ``(N, 1, H, W)``, 1 = valid, both float32."""

    truth: Tensor
    mask: Tensor


class PictureStore:
    """Pictures decoded at their first use, and kept as uint8 RGB as far as `CACHE_BYTES` go.

    Args:
        paths: The files.
        max_short_side: A picture whose shorter side is longer is reduced to it: no crop would see more of it.
    """

    def __init__(self, paths: list[Path], max_short_side: int) -> None:
        self.paths = paths
        self._max_short_side = max_short_side
        self._kept: dict[int, NDArray[np.uint8]] = {}
        self._room = CACHE_BYTES

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Picture number ``index``, ``(H, W, 3)``.

        Raises:
            PictureError: The file cannot be read.
        """
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        picture = np.rint(read_picture(self.paths[index]).rgb() * 255).astype(np.uint8)
        scale = self._max_short_side / min(picture.shape[:2])
        if scale < 1:
            size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        if picture.nbytes <= self._room:
            self._room -= picture.nbytes
            self._kept[index] = picture
        return picture


def split_pictures(data: Path, share: float, seed: int) -> tuple[list[Path], list[Path]]:
    """Find the pictures of a folder and hold a random share of them out for validation.

    Returns:
        Those to train on and those held out; both in sorted order, and at least one in each if there are two.

    Raises:
        NothingToDo: The folder holds no picture, or only one although some are to be held out.
    """
    paths = find_pictures(data)
    held_out = max(1, round(len(paths) * share)) if share > 0 else 0
    if len(paths) - held_out < 1:
        raise NothingToDo(f"{data}: {len(paths)} pictures found, {held_out + 1} or more are needed to train on")
    chosen = set(np.random.default_rng(seed).permutation(len(paths))[:held_out].tolist())
    return (
        [path for i, path in enumerate(paths) if i not in chosen],
        [path for i, path in enumerate(paths) if i in chosen],
    )


class TrainingBatches:
    """The training batches of a run.

    Args:
        store: The pictures.
        masks: The masks.
        crop: Side of the crops.
        batch: Pictures a batch.
        augmentation: ``crop`` or ``icme``.
        seed: Of everything random.
    """

    def __init__(
        self, store: PictureStore, masks: MaskSource, *, crop: int, batch: int, augmentation: str, seed: int
    ) -> None:
        self._store, self._masks = store, masks
        self._crop, self._batch, self._augmentation, self._seed = crop, batch, augmentation, seed
        self._order: tuple[int, NDArray[np.int64]] | None = None

    def __getitem__(self, step: int) -> Batch:
        """Batch number ``step``; every picture is seen once before any is seen twice."""
        truths, masks = [], []
        for number in range(step * self._batch, (step + 1) * self._batch):
            rng = np.random.default_rng([self._seed, 1, number])
            truths.append(augment(self._store[self._picture(number)], self._crop, self._augmentation, rng))
            masks.append(self._masks.draw(rng))
        return to_batch(truths, masks)

    def _picture(self, number: int) -> int:
        epoch, place = divmod(number, len(self._store))
        order = self._order
        if order is None or order[0] != epoch:  # threads may both compute it: the same values
            order = (epoch, np.random.default_rng([self._seed, 2, epoch]).permutation(len(self._store)))
            self._order = order
        return int(order[1][place])

    def ahead(self, first: int, end: int, workers: int) -> Iterator[Batch]:
        """Batches ``first`` to ``end`` in order, each prepared while earlier ones are used."""
        pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
        waiting: list[Future[Batch]] = []
        try:
            for step in range(first, end):
                while len(waiting) < workers + 1 and step + len(waiting) < end:
                    waiting.append(pool.submit(self.__getitem__, step + len(waiting)))
                yield waiting.pop(0).result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def validation_batches(store: PictureStore, masks: MaskSource, *, crop: int, batch: int, count: int) -> list[Batch]:
    """The middle crops of up to ``count`` held-out pictures, each with a mask that is always the same."""
    pictures = [store[i] for i in np.linspace(0, len(store) - 1, min(count, len(store))).astype(int)]
    drawn = [masks.draw(np.random.default_rng([3, i])) for i in range(len(pictures))]
    crops = [centre_crop(picture, crop) for picture in pictures]
    return [to_batch(crops[i : i + batch], drawn[i : i + batch]) for i in range(0, len(crops), batch)]


def to_batch(truths: list[NDArray[np.uint8]], masks: list[NDArray[np.bool_]]) -> Batch:
    """Stack pictures ``(H, W, 3)`` and masks ``(H, W)`` of one size into a `Batch`."""
    truth = torch.from_numpy(np.stack(truths)).permute(0, 3, 1, 2).float().div_(255)
    mask = torch.from_numpy(np.stack(masks)[:, None]).float()
    return Batch(truth, mask)
