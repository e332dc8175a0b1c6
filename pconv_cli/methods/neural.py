"""The methods that run in torch: the network, and on a GPU the pyramid that needs no parameters."""

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pconv_cli.core.compiling import compile_errors_reported, keep_compiled
from pconv_cli.core.device import pick_device, pick_precision
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.network import ForeignNetwork
from pconv_cli.core.networks.engine import Sampling, SamplingEngine
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import architecture_of
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.core.weight_files import DEFAULT_WEIGHTS
from pconv_cli.core.weights import load_weights
from pconv_cli.errors import FillError, ModelError, UsageError, option
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.classical import PyramidBackend
from pconv_cli.methods.memory import HalvingSize
from pconv_cli.methods.names import TILE, Precision
from pconv_cli.methods.tiled.coarse import WindowToFill
from pconv_cli.methods.tiled.network_windows import fill_in_windows, tiling_of
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.grid import LEAST_TILE, check_tiling

#: Tiles' worth of windows that a GPU computes at once; a processor is no faster with more than one.
_GPU_TILES = 8

_NOT_FINITE = "computes values that are not finite"


class PConvBackend:
    """``pconv``: the network, in windows round the holes, those of one size in batches.

    Args:
        model: The network in evaluation mode.
        tile: Largest side that the network is given; one of a fixed size is given that, see `tiling_of`.
        overlap: Pixels that the largest tiles share; see `pconv_cli.tiling.by_pixels.plan_by_pixels`.
        dtype: Precision of the convolutions.
        compile: Whether what is not convolution is compiled, at the first call.
        sampling: Seed and steps, of a network that draws its fills at random.

    Attributes:
        doubts: See `pconv_cli.methods.protocol.DoubtfulBackend`.

    Raises:
        UsageError: Tile and overlap do not fit together, or the network takes no tile as small as that.
    """

    name = "pconv"

    def __init__(
        self,
        model: Network,
        *,
        tile: int,
        overlap: int,
        dtype: torch.dtype = torch.float32,
        compile: bool = False,
        sampling: Sampling | None = None,
    ) -> None:
        check_tiling(tile, overlap)
        self._compile = compile
        self._dtype = dtype
        self._sampling = sampling or Sampling()
        if compile:
            keep_compiled()
        self._engine = architecture_of(model).make_engine(model, dtype, compile=compile)
        asked = tile
        tile, overlap = tiling_of(model.spec, tile, overlap)
        batch = tile**2 * (1 if self._engine.device.type == "cpu" else _GPU_TILES)
        least = model.spec.fixed_size or LEAST_TILE
        self._sizes = HalvingSize(tile, overlap, batch, least=least, large=model.spec.bears_large)
        self._note = ""
        self.doubts = (*_replaced(model.spec, asked), *(model.doubts if isinstance(model, ForeignNetwork) else ()))

    @classmethod
    def load(
        cls,
        weights: str | Path | None,
        device: str,
        precision: Precision,
        *,
        tile: int,
        overlap: int,
        compile: bool = False,
        sampling: Sampling | None = None,
        foreign: Foreign | None = None,
    ) -> "PConvBackend":
        """Load weights by name or path (None: the shipped ones) onto a device.

        Args:
            weights: See above.
            device: See above.
            precision: Precision of the convolutions.
            tile: As for the class.
            overlap: As for the class.
            compile: As for the class.
            sampling: As for the class.
            foreign: How networks of other projects are taken; None: as they come, and no program.

        Raises:
            UsageError: No such device, no such precision on it, tile and overlap do not fit together, nothing can be
                compiled here, or the network has fewer steps.
            ModelError: The weights are missing, damaged or foreign, or do not compute finite numbers.
        """
        check_tiling(tile, overlap)
        named = weights if weights is not None else DEFAULT_WEIGHTS
        place = pick_device(device)
        dtype = pick_precision(precision, place)
        model = load_weights(named, place, foreign=foreign or Foreign())
        if precision == "auto" and not model.spec.bears_half:
            dtype = torch.float32
        backend = cls(model, tile=tile, overlap=overlap, dtype=dtype, compile=compile, sampling=sampling)
        if sampling is not None and sampling.steps is not None and not backend.draws:
            name = architecture_of(model).name
            raise UsageError(f"{option('steps')}: {named} is a {name} network, which has no steps; leave it out")
        if isinstance(model, ForeignNetwork):  # which was tested when it was loaded
            return backend
        if isinstance(backend._engine, SamplingEngine):
            backend._engine.check(backend._sampling)
            probed = backend._with(Sampling(steps=1))  # all of them may take minutes
        else:
            probed = backend
        try:
            probed.fill(*_probe())
        except FillError as error:
            raise ModelError(f"{named}: {_NOT_FINITE}; {_remedy(dtype)}") from error
        probed._note = ""  # the probe is nobody's image
        return backend

    @property
    def draws(self) -> bool:
        """Whether its fills are drawn at random; see `pconv_cli.methods.protocol.RandomBackend`."""
        return isinstance(self._engine, SamplingEngine)

    def seeded(self, seed: int) -> "PConvBackend":
        """Give the same method with another seed; see `pconv_cli.methods.protocol.RandomBackend`."""
        return self._with(self._sampling._replace(seed=seed))

    def _with(self, sampling: Sampling) -> "PConvBackend":
        other = copy(self)  # which shares network and sizes
        other._sampling = sampling
        return other

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        filled = fill_in_windows(rgb, mask, wanted, self.fill_tiles, self._engine.spec, self._sizes)
        self._note = _lack_of(self._engine.spec, mask)
        return filled

    def remark(self) -> str:
        """Remark on windows that became smaller, and images too small; see `RemarkingBackend`."""
        note, self._note = self._note, ""
        return self._sizes.remark() or note

    def fill_tiles(self, parts: Sequence[WindowToFill]) -> Iterator[Rgb]:
        """Fill windows, those of one size at once; see `pconv_cli.methods.tiled.coarse.FillTiles`."""
        for (height, width), group in groupby(parts, lambda part: part.rect.size):
            yield from self._sizes.in_batches(list(group), self._fill_batch, each=height * width)

    def _fill_batch(self, parts: Sequence[WindowToFill]) -> list[Rgb]:
        engine = self._engine
        with torch.inference_mode(), compile_errors_reported(self._compile, "leave it out"):
            images = torch.cat([_image(part.rgb) for part in parts]).to(engine.device)
            masks = torch.cat([_mask(part.mask) for part in parts]).to(engine.device)
            if isinstance(engine, SamplingEngine):
                places = [(part.rect.top, part.rect.left) for part in parts]
                filled = engine.sample(images, masks, self._sampling._replace(places=places))
            else:
                filled = engine.fill(images, masks)
        if not torch.isfinite(filled).all():  # patches would take it for a tone
            raise FillError(f"the network {_NOT_FINITE}; {_remedy(self._dtype)}")
        return list(filled.clamp(0, 1).float().permute(0, 2, 3, 1).cpu().numpy())


def make_pyramid(device: str) -> "PyramidBackend | GpuPyramidBackend":
    """Make ``pyramid`` for a device.

    Raises:
        UsageError: There is no such device.
    """
    place = pick_device(device)
    return PyramidBackend() if place.type == "cpu" else GpuPyramidBackend(place)


class GpuPyramidBackend:
    """``pyramid`` elsewhere than on the processor; see `PyramidBackend`."""

    name = "pyramid"

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        with torch.inference_mode():
            filled = fill_pyramid(_image(rgb).to(self._device), _mask(mask).to(self._device))
        return np.where(mask[:, :, np.newaxis], rgb, _array(filled))


def _replaced(spec: Spec, tile: int) -> tuple[str, ...]:
    """Say that a larger tile than the network takes was asked for; the default is nobody's wish."""
    fixed = spec.fixed_size
    if fixed is None or tile <= fixed or tile == TILE:
        return ()
    return (f"{option('tile')} {tile}: this network takes windows of {fixed} px only, so it runs on those",)


def _lack_of(spec: Spec, mask: Mask) -> str:
    """Say that more than half of what a network of a fixed size was shown is padding, if so it was."""
    fixed = spec.fixed_size
    if fixed is None or mask.all() or 2 * np.prod([min(side, fixed) for side in mask.shape]) >= fixed**2:
        return ""
    return f"smaller than the {fixed} px that the network takes; what is missing counts as hole"


def _remedy(dtype: torch.dtype) -> str:
    """Say what to do where a network computes values that are not finite; in half precision sound weights may."""
    return "take other weights" if dtype == torch.float32 else f"use {option('precision')} float32, or other weights"


def _probe() -> tuple[Rgb, Mask]:
    """A small image with a hole, on which weights that overflow show; its sides differ, for the compilers' sake."""
    rgb = np.random.default_rng(0).random((64, 96, 3), np.float32)
    mask = np.ones((64, 96), np.bool_)
    mask[24:40, 24:40] = False
    return rgb, mask


def _image(rgb: Rgb) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None]  # (1, 3, H, W)


def _mask(mask: Mask) -> Tensor:
    return torch.from_numpy(mask.astype(np.float32))[None, None]  # (1, 1, H, W)


def _array(filled: Tensor) -> Rgb:
    return np.ascontiguousarray(filled[0].float().cpu().numpy().transpose(1, 2, 0))
