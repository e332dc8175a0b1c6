"""When memory runs out: half the batch, then no window larger than a tile, then half the tile, and on with the work."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pconv_cli.cores import stop_if_dropped
from pconv_cli.errors import is_out_of_memory
from pconv_cli.tiling.grid import LEAST_TILE

Input = TypeVar("Input")
Output = TypeVar("Output")


class HalvingSize:
    """Sizes that halve when memory runs out, and stay so: what did not fit once would not fit the next time.

    A smaller batch changes no result beyond rounding. Smaller windows do, so there is a `remark` on them.

    Args:
        tile: Side of a tile in pixels.
        overlap: Pixels that neighbours share.
        batch: How much is computed at once, in pixels say; at least one input in any case.
        least: The smallest tile that the method takes.
        large: Whether a window may be larger than a tile; no longer once memory has run out.
    """

    def __init__(
        self, tile: int, overlap: int, batch: int = 1, *, least: int = LEAST_TILE, large: bool = False
    ) -> None:
        self.tile = tile
        self.overlap = overlap
        self.batch = batch
        self.large = large
        self._least = least
        self._note = ""
        self._stepping_down = threading.Lock()

    def in_batches(
        self, inputs: Sequence[Input], compute: Callable[[Sequence[Input]], Sequence[Output]], each: int = 1
    ) -> Iterator[Output]:
        """Compute outputs of inputs, a batch at once, and half a batch from where memory ran out.

        Args:
            inputs: Anything.
            compute: Gives as many outputs as it is given inputs.
            each: Size of an input, in the unit of ``batch``.

        Yields:
            The outputs in order. A batch is computed when the one before it has been taken.

        Raises:
            Dropped: Nobody waits for the outputs any longer; see `pconv_cli.cores.stop_if_dropped`.
            RuntimeError, MemoryError: Memory runs out for a single input, or something else is wrong.
        """
        done = 0
        while done < len(inputs):
            stop_if_dropped()
            part = inputs[done : done + max(1, self.batch // each)]
            outputs: Sequence[Output] | None = None
            try:
                outputs = compute(part)
            except (RuntimeError, MemoryError) as error:
                if len(part) == 1 or not is_out_of_memory(error):
                    raise
            if outputs is not None:
                done += len(part)
                yield from outputs
                continue
            self.batch = len(part) // 2 * each  # outside of the except clause, which keeps the attempt's memory alive
            _give_back()

    def in_tiles(self, fill: Callable[[int, int], Output]) -> Output:
        """Fill an image, and where memory runs out without windows larger than a tile, then with half the tile.

        Args:
            fill: Fills with a tile's side and an overlap, and as `large` allows.

        Raises:
            MemoryError: Memory runs out with the smallest tiles too.
        """
        while True:
            tried = self.tile, self.large
            try:
                return fill(self.tile, self.overlap)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            with self._stepping_down:
                if tried == (self.tile, self.large):  # else another window that ran out with these has stepped down
                    self._step_down()
            _give_back()

    def _step_down(self) -> None:
        if self.large:
            self.large = False
            self._note = f"out of memory: from here on, windows have at most {self.tile} px a side"
        elif self.tile // 2 < self._least:
            raise MemoryError(f"not even tiles of {self.tile} px fit")
        else:
            self.tile //= 2
            self.overlap = max(1, min(self.overlap, self.tile // 4))
            self._note = f"out of memory: from here on, tiles have {self.tile} px a side"

    def remark(self) -> str:
        """Give a remark on windows that became smaller, once."""
        note, self._note = self._note, ""
        return note


def _give_back() -> None:
    """Give memory that torch keeps for later back to the GPU."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
