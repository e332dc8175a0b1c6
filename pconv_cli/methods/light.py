"""``pconv`` without torch for images with little to fill; whether an image is one follows from its mask alone."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from pconv_cli.core.networks.light import LightEngine
from pconv_cli.core.networks.spec import Spec
from pconv_cli.cores import side_by_side
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.memory import HalvingSize
from pconv_cli.methods.tiled.coarse import WindowToFill
from pconv_cli.methods.tiled.holes import places_of
from pconv_cli.methods.tiled.network_windows import fill_in_windows, tiling_of
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.grid import check_tiling

if TYPE_CHECKING:
    from pconv_cli.methods.neural import PConvBackend

# With AVX2 this engine takes 0.8 to 0.9 of torch's time on one core and is level on two; torch takes 2 s to import.
# One thread alone does a fifth to a third of this engine's work, so torch is for images with much to fill.
#: Pixels of the blocks with holes, up to which an image is filled without torch in float32.
MOST = 2**20

_BLOCK = 128

# Pixels of windows that the light engine is given at once: four of 256 px, whose products share its weights.
_BATCH = 2**18


class LightBackend:
    """``pconv`` by a network's light engine, and by torch for images with much to fill; see `PConvBackend`.

    An image is filled by the same engine whatever was filled before it, so that its bytes do not depend on that.

    Args:
        spec: The network's.
        read: Reads its light engine, at the first window; thin holes need none.
        tile: See `PConvBackend`.
        overlap: See there.
        load: Loads the same network into torch, at the first image that needs it.
        most: Pixels near holes, as of `pixels_near_holes`, up to which an image is filled without torch.

    Attributes:
        threaded: True; torch fills one image after the other.

    Raises:
        UsageError: Tile and overlap do not fit together.
    """

    name = "pconv"
    threaded = True

    def __init__(
        self,
        spec: Spec,
        read: Callable[[], LightEngine],
        *,
        tile: int,
        overlap: int,
        load: "Callable[[], PConvBackend]",
        most: int = MOST,
    ) -> None:
        check_tiling(tile, overlap)
        self._read, self._load, self._most = read, load, most
        self._engine: LightEngine | None = None
        self._heavy: PConvBackend | None = None
        self._reading, self._turn = Lock(), Lock()
        self._spec = spec
        self._sizes = HalvingSize(*tiling_of(spec, tile, overlap), large=spec.bears_large)

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        if pixels_near_holes(mask) > self._most:
            with self._turn:  # torch has threads of its own
                self._heavy = self._heavy or self._load()
                return self._heavy.fill(rgb, mask, wanted)
        return fill_in_windows(rgb, mask, wanted, self._fill_tiles, self._spec, self._sizes)

    def remark(self) -> str:
        """Remark on windows that became smaller; see `RemarkingBackend`."""
        return self._sizes.remark() or ("" if self._heavy is None else self._heavy.remark())

    def _fill_tiles(self, parts: Sequence[WindowToFill]) -> Iterator[Rgb]:
        with self._reading:
            engine = self._engine = self._engine or self._read()

        def fill(batch: Sequence[WindowToFill]) -> list[Rgb]:
            filled = engine.fill([part.rgb for part in batch], [part.mask for part in batch])
            return [values.clip(0, 1) for values in filled]

        return chain.from_iterable(side_by_side(fill, _batches(parts)))


def _batches(parts: Sequence[WindowToFill]) -> list[list[WindowToFill]]:
    """Divide windows into batches, whatever the number of threads: how many share a product shows in its last bits."""
    batches: list[list[WindowToFill]] = []
    room = 0
    for part in parts:
        if part.mask.size > room:
            batches.append([])
            room = _BATCH
        batches[-1].append(part)
        room -= part.mask.size
    return batches


def pixels_near_holes(mask: Mask) -> int:
    """Count the pixels of the blocks of 128 x 128 that holes touch, which is about what windows round them have.

    Args:
        mask: ``(H, W)``, True = valid.
    """
    rows, columns = (places // _BLOCK for places in places_of(~mask))
    return len(np.unique(rows * mask.shape[1] + columns)) * _BLOCK**2
