"""Batches made on the device: pictures and masks stay there as uint8, and are cut, scaled, turned and mixed there.

As in `training.batches`, batch ``k`` is a pure function of the seed and of ``k``: what is random is drawn on the
processor, number by number, and only carried out on the device. The values are not those of `training.batches`: scaling
is another one (linear with antialiasing downwards, cubic upwards), and so is the order of the masks.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.training.augmentation import JITTER, ROTATION, draw_window
from pconv_cli.training.batches import Batch, PictureStore, TrainingBatches
from pconv_cli.training.masks import MaskSource


class DevicePictures:
    """Pictures on a device, each taken there at its first use.

    Args:
        store: The pictures; the device keeps them, so the store needs no room.
        device: Where.
        room: Bytes for them there; those beyond are decoded again at each use.
    """

    def __init__(self, store: PictureStore, device: torch.device, room: int) -> None:
        self._store, self._device, self._room = store, device, room
        self._kept: dict[int, Tensor] = {}

    def __getitem__(self, index: int) -> Tensor:
        """Picture number ``index``, ``(3, H, W)`` uint8."""
        kept = self._kept.get(index)
        if kept is None:
            kept = torch.from_numpy(self._store[index].transpose(2, 0, 1).copy()).to(self._device)
            if kept.nbytes <= self._room:  # two threads may both bring it: the same picture, counted twice
                self._room -= kept.nbytes
                self._kept[index] = kept
        return kept


class DeviceMasks:
    """The bank of a `MaskSource` on a device, as uint8, 1 = valid.

    Args:
        source: Whose masks.
        device: Where.
    """

    def __init__(self, source: MaskSource, device: torch.device) -> None:
        self._source, self._device = source, device
        self._kept: dict[int, Tensor] = {}

    def draw(self, rng: np.random.Generator) -> Tensor:
        """A mask chosen by ``rng``, ``(1, crop, crop)``: rolled where that takes nothing away, turned and mirrored."""
        number = int(rng.integers(self._source.bank))
        mask = self._kept.get(number)
        if mask is None:
            mask = torch.from_numpy(self._source.member(number)).to(self._device, torch.uint8)
            self._kept[number] = mask
        down, across = rng.integers(0, len(mask), 2).tolist()
        if self._source.may_be_rolled(number):
            mask = mask.roll((down, across), (0, 1))
        mask = mask.rot90(int(rng.integers(4)))
        return (mask.T if rng.random() < 0.5 else mask)[None]


class _Variation(NamedTuple):
    """How one sample is turned (radians) and its colours varied (factors)."""

    angle: float
    brightness: float
    contrast: float
    saturation: float


class DeviceBatches(TrainingBatches):
    """The training batches of a run, made on a device.

    Args:
        store: The pictures.
        masks: The masks.
        device: Where.
        room: Bytes of pictures to keep there.
        crop: Side of the crops.
        batch: Pictures a batch.
        augmentation: ``crop`` or ``icme``.
        seed: Of everything random.
    """

    def __init__(
        self,
        store: PictureStore,
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
        self._pictures, self._bank = DevicePictures(store, device, room), DeviceMasks(masks, device)

    @torch.no_grad()
    def __getitem__(self, number: int) -> Batch:
        """Batch ``number``, on the device."""
        truths, masks, variations = [], [], []
        for sample in range(number * self._batch, (number + 1) * self._batch):
            rng = np.random.default_rng([self._seed, 1, sample])
            truths.append(_random_crop(self._pictures[self._picture(sample)], self._crop, rng))
            if self._augmentation == "icme":
                factors = rng.uniform(1 - JITTER, 1 + JITTER, 3)
                variations.append(_Variation(np.deg2rad(rng.uniform(-ROTATION, ROTATION)), *factors.tolist()))
            masks.append(self._bank.draw(rng))
        truth = torch.stack(truths) / 255
        if variations:
            truth = _jittered(_rotated(truth, variations), variations)
        return Batch(truth, torch.stack(masks).float())


def _random_crop(picture: Tensor, crop: int, rng: np.random.Generator) -> Tensor:
    """`augmentation.random_crop` of a ``(3, H, W)`` uint8 tensor, ``(3, crop, crop)`` float32 in [0, 255]."""
    window = draw_window(picture.shape[1], picture.shape[2], crop, rng)
    side = window.side
    cut = picture[:, window.top : window.top + side, window.left : window.left + side].float()
    if side != crop:
        mode = "bilinear" if side > crop else "bicubic"
        cut = F.interpolate(cut[None], (crop, crop), mode=mode, antialias=True)[0].round().clamp(0, 255)
    return cut.flip(2) if rng.random() < 0.5 else cut


def _rotated(truth: Tensor, variations: list[_Variation]) -> Tensor:
    """Each picture turned about its middle; what comes in from beyond the edge is mirrored."""
    angle = truth.new_tensor([v.angle for v in variations])
    zero = torch.zeros_like(angle)
    turn = torch.stack([angle.cos(), angle.sin(), zero, -angle.sin(), angle.cos(), zero], 1).view(-1, 2, 3)
    grid = F.affine_grid(turn, list(truth.shape), align_corners=False)
    return F.grid_sample(truth, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _jittered(truth: Tensor, variations: list[_Variation]) -> Tensor:
    """`augmentation.jitter_colours` of a batch in [0, 1]."""
    factors = truth.new_tensor([v[1:] for v in variations])[:, :, None, None, None]  # (N, 3 factors, 1, 1, 1)
    brightness, contrast, saturation = factors.unbind(1)
    truth = truth * brightness
    mean = truth.mean((1, 2, 3), keepdim=True)
    truth = (truth - mean) * contrast + mean
    grey = (truth * truth.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    return (grey + (truth - grey) * saturation).clamp(0, 1)
