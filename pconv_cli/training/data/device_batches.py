"""Batches made on the device: images and masks stay there as uint8, and are cut, scaled, turned and mixed there.

As in `training.data.batches`, batch ``k`` is a pure function of the seed and of ``k``: what is random is drawn on the
processor, number by number, and only carried out on the device. The values are not those of `batches`: scaling
is another one (linear with antialiasing downwards, cubic upwards), and so is the order of the masks.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.masks.workers import each
from pconv_cli.training.data.augmentation import JITTER, ROTATION, draw_window
from pconv_cli.training.data.batches import Batch, ImageStore, TrainingBatches
from pconv_cli.training.data.masks import MaskSource


class DeviceImages:
    """Images on a device, each taken there at its first use.

    Args:
        store: The images; the device keeps them, so the store needs no room.
        device: Where.
        room: Bytes for them there; those beyond are decoded again at each use.
    """

    def __init__(self, store: ImageStore, device: torch.device, room: int) -> None:
        self._store, self._device, self._room = store, device, room
        self._kept: dict[int, Tensor] = {}

    def __getitem__(self, index: int) -> Tensor:
        """Image number ``index``, ``(3, H, W)`` uint8."""
        kept = self._kept.get(index)
        if kept is None:
            kept = torch.from_numpy(self._store[index].transpose(2, 0, 1).copy()).to(self._device)
            if kept.nbytes <= self._room:  # two threads may both bring it: the same image, counted twice
                self._room -= kept.nbytes
                self._kept[index] = kept
        return kept


class DeviceMasks:
    """The bank of a `MaskSource` on a device, as uint8, 1 = valid.

    Args:
        source: Whose masks.
        device: Where.
        side: Their side in pixels.
    """

    def __init__(self, source: MaskSource, device: torch.device, side: int) -> None:
        self._source, self._device, self._side = source, device, side
        self._bank = torch.empty((source.bank, side, side), dtype=torch.uint8, device=device)
        self._drawn: set[int] = set()

    def draw(self, processes: int) -> None:
        """Draw the whole bank now, by several processes; otherwise each mask is drawn at its first use.

        Drawing is mostly Python, so that threads take turns at it, with the thread that trains among them.

        Raises:
            PconvError: A process was ended from outside. What was drawn until then stays.
        """

        def take(number: int, packed: NDArray[np.uint8]) -> None:
            mask = np.unpackbits(packed, count=self._side**2).reshape(self._side, self._side)
            self._bank[number].copy_(torch.from_numpy(mask))
            self._drawn.add(number)

        each(self._source.packed, range(self._source.bank), processes, take)

    def choose(self, rng: np.random.Generator) -> list[int]:
        """Choose a mask by ``rng``, how far it is rolled where that takes nothing away, and how it lies.

        Returns:
            Its number; then for its rows and for its columns: what is added to a place, and how often the result's row
            and column are (-1, 0 or 1); see `taken`.
        """
        number, side = int(rng.integers(self._source.bank)), self._side
        if number not in self._drawn:  # two threads may both bring it: the same mask
            self._bank[number].copy_(torch.from_numpy(self._source.member(number)))
            self._drawn.add(number)
        down, across = rng.integers(0, side, 2).tolist()
        if not self._source.may_be_rolled(number):
            down = across = 0
        axes = _TURNS[int(rng.integers(4))]
        if rng.random() < 0.5:  # mirrored: row and column change places
            axes = (axes[0][::-1], axes[1][::-1])
        rows, columns = ((-by - (-1 in axis), *axis) for axis, by in zip(axes, (down, across), strict=True))
        return [number, *rows, *columns]

    def taken(self, choices: list[list[int]]) -> Tensor:
        """Make the masks of some choices, ``(N, 1, side, side)`` float32, in the same few operations however many."""
        table = torch.tensor(choices).to(self._device, non_blocking=True)
        column = torch.arange(self._side, device=self._device)
        # (N, 2 axes, 3): what is added, of the row, of the column.
        first, of_row, of_column = table[:, 1:].view(-1, 2, 3, 1, 1).unbind(2)
        down, across = ((first + of_row * column[:, None] + of_column * column) % self._side).unbind(1)
        return self._bank[table[:, 0, None, None], down, across].float()[:, None]


# After 0 to 3 quarter turns, what of (row, column) of the result a row and a column of the source are: the one, the
# other, or one of them counted from the end.
_TURNS = (((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0)))


class _Variation(NamedTuple):
    """How one sample is turned (radians) and its colours varied (factors)."""

    angle: float
    brightness: float
    contrast: float
    saturation: float


class DeviceBatches(TrainingBatches):
    """The training batches of a run, made on a device.

    Args:
        store: The images.
        masks: The masks.
        device: Where.
        room: Bytes of images to keep there.
        crop: Side of the crops.
        batch: Images a batch.
        augmentation: ``crop`` or ``icme``.
        seed: Seed of everything random.
    """

    def __init__(
        self,
        store: ImageStore,
        masks: MaskSource,
        device: torch.device,
        room: int,
        *,
        crop: int,
        batch: int,
        augmentation: str,
        seed: int,
    ) -> None:
        super().__init__(store, masks, crop=crop, batch=batch, augmentation=augmentation, seed=seed)
        self._device = device
        self._images, self._bank = DeviceImages(store, device, room), DeviceMasks(masks, device, crop)

    def draw_masks(self, processes: int) -> None:
        """Draw all masks before the first batch, by several processes; see `DeviceMasks.draw`."""
        self._bank.draw(processes)

    @torch.no_grad()
    def __getitem__(self, number: int) -> Batch:
        """Batch ``number``, on the device."""
        crops, flips, masks, variations = [], [], [], []
        for place in range(self._batch):
            sample = number * self._batch + place
            rng = np.random.default_rng([self._seed, 1, sample])
            crops.append(_cropped(self._images[self._image(sample)], self._crop, rng))
            flips.append(rng.random() < 0.5)
            if self._augmentation == "icme":
                factors = rng.uniform(1 - JITTER, 1 + JITTER, 3)
                variations.append(_Variation(np.deg2rad(rng.uniform(-ROTATION, ROTATION)), *factors.tolist()))
            masks.append(self._bank.choose(rng))
        flipped = torch.tensor(flips).to(self._device, non_blocking=True)[:, None, None, None]
        truth = torch.stack(crops)
        truth = torch.where(flipped, truth.flip(3), truth).round_().clamp_(0, 255).div_(255)
        if variations:
            truth = _jittered(_rotated(truth, variations), variations)
        return Batch(truth, self._bank.taken(masks))


def _cropped(image: Tensor, crop: int, rng: np.random.Generator) -> Tensor:
    """`augmentation.random_crop` of a ``(3, H, W)`` uint8 tensor, not yet mirrored nor rounded to [0, 255].

    Args:
        image: The image.
        crop: Side of the crop.
        rng: Source of randomness.

    Returns:
        ``(3, crop, crop)`` float32.
    """
    side, top, left = draw_window(image.shape[1], image.shape[2], crop, rng)
    cut = image[:, top : top + side, left : left + side].float()
    if side != crop:
        mode = "bilinear" if side > crop else "bicubic"
        cut = F.interpolate(cut[None], (crop, crop), mode=mode, antialias=True)[0]
    return cut


def _rotated(truth: Tensor, variations: list[_Variation]) -> Tensor:
    """Each image turned about its middle; what comes in from beyond the edge is mirrored."""
    angle = _on_device([v.angle for v in variations], truth)
    zero = torch.zeros_like(angle)
    turn = torch.stack([angle.cos(), angle.sin(), zero, -angle.sin(), angle.cos(), zero], 1).view(-1, 2, 3)
    grid = F.affine_grid(turn, list(truth.shape), align_corners=False)
    return F.grid_sample(truth, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _jittered(truth: Tensor, variations: list[_Variation]) -> Tensor:
    """`augmentation.jitter_colours` of a batch in [0, 1]."""
    factors = _on_device([v[1:] for v in variations], truth)[:, :, None, None, None]  # (N, 3 factors, 1, 1, 1)
    brightness, contrast, saturation = factors.unbind(1)
    truth = truth * brightness
    mean = truth.mean((1, 2, 3), keepdim=True)
    truth = (truth - mean) * contrast + mean
    red, green, blue = torch.split(truth, 1, dim=1)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    return (grey + (truth - grey) * saturation).clamp(0, 1)


def _on_device(values: Sequence[Any], like: Tensor) -> Tensor:
    """Numbers as a tensor on the device, which is not waited for."""
    return torch.tensor(values, dtype=like.dtype).to(like.device, non_blocking=True)
