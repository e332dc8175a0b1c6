"""The nearest-neighbour field: for every patch that touches a hole, a similar patch among the undamaged ones.

The three steps are those of PatchMatch, each done for all patches at once: a random start, propagation (a patch tries
the partner of its neighbour, shifted as the neighbour lies), and random search in windows that shrink by half.

References:
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch: a randomized correspondence algorithm for structural image
    editing", SIGGRAPH 2009; section 3.2 there gives the parallel form of propagation (jump flooding).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass
class PatchField:
    """Patches to be matched, and what each is matched with so far.

    Attributes:
        size: (height, width) of the grid on which all patches have their centres.
        sources: ``(H * W, D)``, the descriptors of all patches; only rows where ``allowed`` are ever taken.
        allowed: ``(H * W)``, which patches may be taken.
        targets: ``(T,)``, flat positions of the patches to be matched.
        partner: ``(T,)``, flat positions of their partners.
        stride: Pixels between a target and its neighbours.
        distance: ``(T,)``, squared distances of the descriptors, summed.
    """

    size: tuple[int, int]
    sources: Floats
    allowed: NDArray[np.bool_]
    targets: Indices
    partner: Indices
    stride: int = 1
    wanted: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    distance: Floats = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        self._place = np.full(self.size[0] * self.size[1], -1, np.int64)  # where a position stands in `targets`
        self._place[self.targets] = np.arange(len(self.targets))
        self._rows, self._columns = np.divmod(self.targets, self.size[1])

    def look_for(self, wanted: Floats) -> None:
        """Set the targets' own descriptors ``(T, D)``, and measure the present partners anew."""
        self.wanted = wanted
        self.distance = self._measure(self.partner, slice(None))

    def improve(self, iterations: int, rng: np.random.Generator) -> None:
        """Propagate and search at random, ``iterations`` times; no distance ever grows."""
        reach = max(self.size)
        for number in range(iterations):
            for step in (4 * self.stride, self.stride) if number == 0 else (self.stride,):
                for down, right in ((0, step), (step, 0), (0, -step), (-step, 0)):
                    self._propagate(down, right)
            radius = reach
            while radius >= 1:
                self._search(radius, rng)
                radius //= 2 if radius <= 16 else 4

    def _propagate(self, down: int, right: int) -> None:
        """Try the partner of the target ``(down, right)`` away, moved back by as much."""
        height, width = self.size
        rows, columns = self._rows + down, self._columns + right
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        neighbour = np.where(inside, self._place[np.where(inside, rows * width + columns, 0)], -1)
        mine = np.flatnonzero(neighbour >= 0)
        row, column = np.divmod(self.partner[neighbour[mine]], width)
        self._offer(mine, row - down, column - right)

    def _search(self, radius: int, rng: np.random.Generator) -> None:
        """Try a random position within ``radius`` of the present partner."""
        row, column = np.divmod(self.partner, self.size[1])
        shift = rng.integers(-radius, radius + 1, (2, len(self.partner)))
        self._offer(np.arange(len(self.partner)), row + shift[0], column + shift[1])

    def _offer(self, mine: Indices, row: Indices, column: Indices) -> None:
        """Take the offered partners where they are allowed and nearer."""
        height, width = self.size
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        offered = np.where(inside, row * width + column, 0)
        fit = inside & self.allowed[offered] & (offered != self.partner[mine])
        mine, offered = mine[fit], offered[fit]
        distance = self._measure(offered, mine)
        nearer = distance < self.distance[mine]
        self.partner[mine[nearer]] = offered[nearer]
        self.distance[mine[nearer]] = distance[nearer]

    def _measure(self, partner: Indices, mine: Indices | slice) -> Floats:
        wanted = self.wanted[mine]
        distance = np.empty(len(partner), np.float32)
        for first in range(0, len(partner), 16384):  # parts that stay in the processor's cache
            part = slice(first, first + 16384)
            difference = self.sources[partner[part]] - wanted[part]
            distance[part] = np.einsum("td,td->t", difference, difference)
        return distance
