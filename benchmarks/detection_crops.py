"""Crops to train the detector of `pconv masks detect` on: sound pieces of images, some of them with damage painted on.

Damage is drawn by the program's own generators at the sizes of whole images, as in `detection.py`, and cropped; its
colour, contrast, softness, noise and JPEG quality are drawn for each crop. Some crops, most of them sound, get white or
black frames and writing, which are no damage. Sound crops in which the network found most are shown again.
"""

import heapq
import tarfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from detection import VISIBLE, bars, straight_lines, thin_lines, thin_scratches

from pconv_cli.masks.detect.learned import KINDS
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.generate.noise import fractal_noise
from pconv_cli.masks.kinds import Damage, MaskKind
from pconv_cli.masks.operations import spread

SHARES = {"photo": 0.38, "mural": 0.3, "photo-hires": 0.2, "art-hires": 0.12}
"""How often a crop comes from the images of a group; a group that is missing leaves its share to the others."""

SIDES = (288, 320, 384, 448, 512)
"""Sides of the masks from which damage is cropped."""

LOSS_SHAPES = (
    bars,
    MaskKind.STROKES,
    MaskKind.CRACKS,
    MaskKind.CRACKS,
    MaskKind.RANDOMWALK,
    MaskKind.SHAPES,
    MaskKind.OCCLUSION,
)
LINE_SHAPES = (thin_lines, thin_lines, thin_scratches, straight_lines)
KIND_SHARES = (0.2, 0.2, 0.34, 0.26)
"""How often a damaged crop is of a kind, in their order."""

HARD, HARDEST = 0.25, 400
IGNORED = 2

Array = np.ndarray
Random = np.random.Generator
Place = tuple[str, int, int, int, int]
"""A crop: its group and image, its top, left and side in that image."""


def read_shards(paths: Iterable[Path], held_out: Collection[str]) -> dict[str, list[Array]]:
    """Decode the images of tar files, but for those that are held out; a file ``mural-0.tar`` is of the group mural."""
    groups: dict[str, list[Array]] = {}
    for path in paths:
        with tarfile.open(path) as shard:
            for member in shard:
                if member.isfile() and member.name not in held_out:
                    data = np.frombuffer(shard.extractfile(member).read(), np.uint8)
                    image = cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]
                    groups.setdefault(path.stem.rsplit("-", 1)[0], []).append(image)
    return groups


def draw_bank(count: int, seed: int) -> dict[MaskKind | Callable[..., Array], list[Array]]:
    """Draw masks of each shape, at sides in turn, from which damage is cropped."""
    bank: dict[MaskKind | Callable[..., Array], list[Array]] = {}
    for number, shape in enumerate(dict.fromkeys((*LOSS_SHAPES, *LINE_SHAPES))):
        for index in range(count):
            rng, side = np.random.default_rng([seed, number, index]), SIDES[index % len(SIDES)]
            if isinstance(shape, MaskKind):
                area = ~draw_mask(shape, (side, side), rng, ratio=(0.02, 0.15 if index % 4 else 0.35))
            else:
                area = shape((side, side), rng)
            bank.setdefault(shape, []).append(area)
    return bank


@dataclass
class Crops:
    """An endless source of crops.

    Attributes:
        images: RGB images by group, uint8.
        bank: See `draw_bank`.
        rng: The only source of chance, but for what is remembered.
        side: Of a crop, in pixels.
        sound: The share of crops without damage.
        second: The share of the others that have damage of a second kind.
        shares: See `KIND_SHARES`.
    """

    images: dict[str, list[Array]]
    bank: dict[MaskKind | Callable[..., Array], list[Array]]
    rng: Random
    side: int
    sound: float
    second: float
    shares: Sequence[float] = KIND_SHARES
    _hard: list[tuple[float, int, Place]] = field(default_factory=list)
    _remembered: int = 0

    def batch(self, count: int) -> tuple[Array, Array, list[Place | None]]:
        """Give RGB ``(n, h, w, 3)``, labels ``(n, kinds, h, w)`` (0, 1 or `IGNORED`), and the places of sound crops."""
        rgb, labels, places = zip(*(self._one() for _ in range(count)), strict=True)
        return np.stack(rgb), np.stack(labels), list(places)

    def remember(self, found: float, place: Place) -> None:
        """Keep a sound crop by how much was found in it; the easiest one is dropped, and old ones fade."""
        self._remembered += 1
        item = (found, self._remembered, place)
        if len(self._hard) < HARDEST:
            heapq.heappush(self._hard, item)
        else:
            heapq.heappushpop(self._hard, item)
        if self._remembered % 50 == 0:
            self._hard = [(0.97 * value, number, place) for value, number, place in self._hard]

    def _one(self) -> tuple[Array, Array, Place | None]:
        rng = self.rng
        sound = rng.random() < self.sound
        again = sound and self._hard and rng.random() < HARD
        place = self._hard[int(rng.integers(len(self._hard)))][2] if again else self._place()
        image = self._cut(place)
        changed = rng.random() < (0.15 if sound else 0.08)
        if changed:
            image = framed_or_written(image, rng)
        kinds = [] if sound else [int(rng.choice(4, p=self.shares))]
        if kinds and rng.random() < self.second:
            kinds.append((kinds[0] + int(rng.integers(1, 4))) % 4)
        areas = [(kind, self._area(LOSS_SHAPES if kind < 2 else LINE_SHAPES)) for kind in kinds]
        spoilt = image
        for kind, area in areas:
            spoilt = painted(spoilt, area, KINDS[kind], rng)
        rgb = saved(spoilt, rng)
        return (
            rgb,
            labelled(areas, np.abs(rgb - image).max(axis=2) >= VISIBLE),
            place if sound and not changed else None,
        )

    def _place(self) -> Place:
        rng = self.rng
        groups = list(self.images)
        shares = np.array([SHARES[group] for group in groups])
        group = groups[int(rng.choice(len(groups), p=shares / shares.sum()))]
        index = int(rng.integers(len(self.images[group])))
        size = self.images[group][index].shape[:2]
        often, least = (0.35, 0.75) if group == "photo" else (0.6, 0.4)
        scale = rng.uniform(least, 1) if rng.random() < often else 1
        side = min(round(self.side / scale), *size)
        return group, index, int(rng.integers(size[0] - side + 1)), int(rng.integers(size[1] - side + 1)), side

    def _cut(self, place: Place) -> Array:
        """A crop in float32, turned, and its contrast, brightness and colour changed."""
        rng = self.rng
        group, index, top, left, side = place
        image = self.images[group][index][top : top + side, left : left + side]
        if side != self.side:
            image = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA)
        image = image[:, ::-1] if rng.random() < 0.5 else image
        image = np.ascontiguousarray(np.rot90(image, int(rng.choice([0, 0, 0, 1, 2, 3])))).astype(np.float32)
        way = rng.random()
        if way < 0.08:
            image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, np.newaxis], 3, axis=2)
        elif way < 0.4:
            image = (image - 128) * rng.uniform(0.7, 1.25) + 128 + rng.uniform(-25, 25)
            image *= rng.uniform(0.9, 1.1, 3)
        if rng.random() < 0.05:
            image *= rng.uniform(1.1, 1.5)  # overexposed
        return np.clip(image, 0, 255).astype(np.float32)

    def _area(self, shapes: tuple[MaskKind | Callable[..., Array], ...]) -> Array:
        """A piece of a mask with some damage in it, turned."""
        rng = self.rng
        for _ in range(6):
            masks = self.bank[shapes[int(rng.integers(len(shapes)))]]
            mask = masks[int(rng.integers(len(masks)))]
            top, left = rng.integers(0, np.subtract(mask.shape, self.side) + 1)
            area = mask[top : top + self.side, left : left + self.side]
            if 0.003 < area.mean() < 0.7:
                return np.ascontiguousarray(np.rot90(area, int(rng.integers(4))))
        return np.zeros((self.side, self.side), np.bool_)


def painted(image: Array, area: Array, kind: Damage, rng: Random) -> Array:
    """Paint damage on: losses, and some lines, in a colour; other lines darker or lighter than what is below them."""
    loss = kind in (Damage.WHITE, Damage.BLACK)
    cover = area.astype(np.float32)
    if rng.random() < (0.5 if loss else 0.9):
        cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.45, 1.0))
    cover = cover[:, :, np.newaxis]
    if loss or rng.random() < 0.4:
        thin = cover * rng.uniform(0.6, 1) if not loss and rng.random() < 0.3 else cover
        return image + thin * (_coat(image.shape, kind, rng) - image)
    low, high = ((60, 90), (33, 62), (80, 150))[int(rng.choice(3, p=(0.5, 0.4, 0.1)))]
    if rng.random() < 0.25:
        cover = cover * np.clip(1 + 0.3 * _waves(area.shape, rng), 0.4, 1.4)[:, :, np.newaxis]
    return image + (-1 if kind is Damage.CRACKS else 1) * rng.uniform(low, high) * cover


_LEVELS = {
    Damage.WHITE: ((238, 255), (225, 245)),
    Damage.BLACK: ((0, 14), (8, 30)),
    Damage.CRACKS: ((5, 60), (5, 60)),
    Damage.SCRATCHES: ((200, 252), (200, 252)),
}


def _coat(shape: tuple[int, ...], kind: Damage, rng: Random) -> Array:
    """The colour of a loss or line, three times of four of its usual levels, most often with noise."""
    level = rng.uniform(*_LEVELS[kind][0 if rng.random() < 0.75 else 1])
    warm = np.array([3.0, 0.0, -3.0]) * rng.uniform(-0.3, 2)
    tint = ((0, 0, 0), warm, rng.normal(0, 3, 3))[int(rng.choice(3, p=(0.35, 0.55, 0.1)))]
    coat = np.zeros(shape, np.float32) + level + np.float32(tint)
    if rng.random() < 0.7:
        coat += rng.normal(0, rng.uniform(0.5, 4), shape if rng.random() < 0.5 else (*shape[:2], 1))
    if rng.random() < 0.3:
        coat += (rng.uniform(1, 5) * _waves((shape[0], shape[1]), rng))[:, :, np.newaxis]
    return np.clip(coat, 0, 255)


def _waves(size: tuple[int, int], rng: Random) -> Array:
    """A smooth field of about 0, deviation 1."""
    field = fractal_noise(size, rng.uniform(16, 64), 1, 0.5, rng)
    return (field - field.mean()) / max(1e-6, field.std())


def framed_or_written(image: Array, rng: Random) -> Array:
    """Add what is white or black and no damage: a frame at one or two sides, or writing, which may be coloured."""
    side = image.shape[0]
    level = float(rng.uniform(235, 255) if rng.random() < 0.5 else rng.uniform(0, 25))
    if rng.random() < 0.4:
        turned = np.rot90(image, int(rng.integers(4))).copy()
        turned[: int(rng.integers(2, side // 2))] = level
        if rng.random() < 0.3:
            turned[:, : int(rng.integers(2, side // 3))] = level
        return np.ascontiguousarray(turned)
    written = np.ascontiguousarray(np.rint(image).astype(np.uint8))
    text = "".join(map(chr, rng.integers(48, 123, int(rng.integers(3, 16)))))
    colour = (level,) * 3 if rng.random() < 2 / 3 else tuple(map(float, rng.uniform(0, 255, 3)))
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(-10, side // 2)), int(rng.integers(8, side))
        font, size, width = int(rng.integers(0, 8)), float(rng.uniform(0.3, 1.6)), int(rng.integers(1, 4))
        cv2.putText(written, text, at, font, size, colour, width, cv2.LINE_AA)
    return written.astype(np.float32)


def saved(image: Array, rng: Random) -> Array:
    """Round to 8 bits; every second time through JPEG of quality 60 to 95."""
    rgb = np.rint(np.clip(image, 0, 255)).astype(np.uint8)
    if rng.random() < 0.5:
        return rgb
    _, data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


_SIBLINGS = {
    Damage.WHITE: Damage.SCRATCHES,
    Damage.SCRATCHES: Damage.WHITE,
    Damage.BLACK: Damage.CRACKS,
    Damage.CRACKS: Damage.BLACK,
}


def labelled(areas: list[tuple[int, Array]], seen: Array) -> Array:
    """Label each kind's pixels; ignored are damage that cannot be seen, and thin parts that might be of another kind.

    A white line is a scratch as much as a loss: where one kind is thin, the other of the same tone is not judged. What
    a second kind has been painted over is ignored for the first.
    """
    labels = np.zeros((len(KINDS), *seen.shape), np.uint8)
    for kind, area in areas:
        labels[kind][area & seen] = 1
        labels[kind][area & ~seen] = IGNORED
        thick = np.zeros_like(area)
        if KINDS[kind] in (Damage.WHITE, Damage.BLACK):
            thick = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0
        sibling = labels[KINDS.index(_SIBLINGS[KINDS[kind]])]
        sibling[spread(area & ~thick, 2) & ~thick & (sibling == 0)] = IGNORED
    if len(areas) == 2:
        (first, area), (_, over) = areas
        labels[first][area & spread(over, 1)] = IGNORED
    return labels
