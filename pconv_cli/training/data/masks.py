"""Where a training run takes its masks from: drawn as it goes, or a folder of files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import FileError, NothingToDo, UsageError, one_file, option
from pconv_cli.files.finding.find import find_images
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.masks.generate.drawing import draw_mask, reachable_ratio
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import Mask

# Hole ratios of the paper's six classes.
RATIO = (0.01, 0.6)
RATIO_STEP = 0.02

BANK = 2000


def nobody_to_tell(message: str) -> None:
    """Drop what a source of images or masks reports."""


class MaskSource:
    """Square masks for training crops.

    Args:
        crop: Side in pixels.
        kind: What is drawn: a name of `MaskKind`, or ``all`` for each equally often.
        folder: Mask files to take instead.
        seed: Seed of what is drawn.
        bank: The number of different masks that are drawn, each at its first use; turned, mirrored and rolled they make
            8 * crop**2 each. Of files, a device takes this number of crops, or one of each file if those are more.
        warn: Called once for each file that cannot be read.

    Raises:
        UsageError: No such kind.
        NothingToDo: The folder holds no mask.
    """

    def __init__(
        self,
        crop: int,
        *,
        kind: str = "all",
        folder: Path | None = None,
        seed: int = 0,
        bank: int = BANK,
        warn: Callable[[str], None] = nobody_to_tell,
    ) -> None:
        self._crop, self._seed, self._warn = crop, seed, warn
        self.unreadable: dict[int, str] = {}
        self._files = find_images(folder) if folder is not None else []
        self.bank = max(bank, len(self._files))
        if folder is not None and not self._files:
            raise NothingToDo(f"{folder}: no mask found; `pconv masks gen` makes some")
        if kind != "all" and kind not in set(MaskKind):
            raise UsageError(f"{option('mask_kind')} {kind}: no such type; one of {', '.join(MaskKind)} or all")
        self._kinds = [k for k in MaskKind if k is not MaskKind.MIXED] if kind == "all" else [MaskKind(kind)]
        self._bank: dict[int, NDArray[np.uint8]] = {}

    def draw(self, rng: np.random.Generator) -> Mask:
        """Draw a mask by ``rng``, ``(crop, crop)``, True = valid, with at least one pixel of each sort."""
        for _ in range(100):
            mask = self._from_file(rng) if self._files else self._from_bank(rng)
            if mask is not None and mask.any() and not mask.all():
                return mask
        raise UsageError(
            f"{option('masks')}: 100 in a row could not be read, or were all or no hole; check that they are masks"
        )

    def _from_bank(self, rng: np.random.Generator) -> Mask:
        side = self._crop
        number = int(rng.integers(self.bank))
        packed = self._bank.get(number)
        if packed is None:
            packed = np.packbits(self._make(number))
            self._bank[number] = packed
        mask = np.unpackbits(packed, count=side * side).reshape(side, side).astype(bool)
        if self.may_be_rolled(number):
            mask = np.roll(mask, tuple(rng.integers(0, side, 2)), (0, 1))
        mask = np.rot90(mask, int(rng.integers(4)))
        return np.ascontiguousarray(mask.T if rng.random() < 0.5 else mask)

    def member(self, number: int) -> Mask:
        """Mask ``number`` of the bank as it is, ``(crop, crop)``, True = valid; with files, a crop of one of them."""
        return self.draw(np.random.default_rng([self._seed, 4, number])) if self._files else self._make(number)

    def packed(self, number: int) -> NDArray[np.uint8]:
        """Draw `member`, packed to eight pixels a byte; here, so that a process that draws masks need no torch."""
        return np.packbits(self.member(number))

    def may_be_rolled(self, number: int) -> bool:
        """Say whether a mask of the bank loses nothing when rolled; odd drawn ones touch the border and would."""
        return not self._files and number % 2 == 1

    def note_unreadable(self, unreadable: Mapping[int, str]) -> None:
        """Note and report what others could not read."""
        for number, message in unreadable.items():
            if number not in self.unreadable:
                self.unreadable[number] = message
                self._warn(f"{message}; other masks take its place")

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to draw the same masks; it keeps its own warnings to itself."""
        return {**self.__dict__, "_bank": {}, "_warn": nobody_to_tell}

    def _make(self, number: int) -> Mask:
        rng = np.random.default_rng([self._seed, 4, number])
        kind = self._kinds[int(rng.integers(len(self._kinds)))]
        size = (self._crop, self._crop)
        border = number % 2 == 1
        highest = min(RATIO[1], reachable_ratio(kind, size, border))
        low = rng.uniform(RATIO[0], highest - RATIO_STEP)
        return draw_mask(kind, size, rng, ratio=(low, low + RATIO_STEP), border=border)

    def _from_file(self, rng: np.random.Generator) -> Mask | None:
        number = int(rng.integers(len(self._files)))
        try:
            with one_file(self._files[number]):
                mask = read_mask(self._files[number])
        except FileError as error:
            self.note_unreadable({number: str(error)})
            return None
        side = self._crop
        shorter = min(mask.shape)
        if shorter < side:
            scale = side / shorter
            size = (max(side, round(mask.shape[1] * scale)), max(side, round(mask.shape[0] * scale)))
            mask = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
        top, left = (int(rng.integers(0, length - side + 1)) for length in mask.shape)
        mask = np.rot90(mask[top : top + side, left : left + side], int(rng.integers(4)))
        return np.ascontiguousarray(mask.T if rng.random() < 0.5 else mask)
