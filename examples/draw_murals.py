"""Draw murals of our own: a flying figure with ribbons, clouds and ornament, in mineral pigments on old plaster.

    python examples/draw_murals.py --out examples/work/murals

Nothing is copied from anywhere: every line comes from the seed. The same seed gives the same images.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.images import write_rgb

Rgb = tuple[int, int, int]
Floats = NDArray[np.float64]

MALACHITE: Rgb = (92, 150, 120)
PALE_GREEN: Rgb = (158, 190, 160)
AZURITE: Rgb = (62, 98, 148)
PALE_BLUE: Rgb = (140, 168, 190)
CINNABAR: Rgb = (176, 70, 48)
OCHRE: Rgb = (200, 152, 80)
LEAD_WHITE: Rgb = (236, 226, 204)
SKIN: Rgb = (214, 172, 136)
EARTH: Rgb = (122, 72, 52)
INK: Rgb = (58, 40, 36)
PLASTERS: tuple[Rgb, ...] = ((222, 202, 166), (206, 178, 138), (176, 120, 88), (214, 196, 172))
ROBES: tuple[Rgb, ...] = (MALACHITE, AZURITE, CINNABAR, OCHRE, PALE_GREEN, PALE_BLUE)

SIDE = 384  # lengths below are in units of 1/384 of the image's height
FINER = 3  # drawn so much larger and then reduced, which smooths every edge


class Wall:
    """An image being painted; points are (x, y) in units of the height's 1/384."""

    def __init__(self, size: tuple[int, int], colour: Rgb) -> None:
        self.scale = size[0] * FINER / SIDE
        self.width = size[1] / size[0] * SIDE
        self.pixels = np.full((size[0] * FINER, size[1] * FINER, 3), colour, np.uint8)

    def shape(self, points: Floats, colour: Rgb, line: float = 1.2, ink: Rgb = INK) -> None:
        """Fill a closed outline, and draw round it."""
        corners = [np.rint(points * self.scale * 16).astype(np.int32)]
        cv2.fillPoly(self.pixels, corners, colour, shift=4)
        if line:
            cv2.polylines(self.pixels, corners, True, ink, self._thick(line), cv2.LINE_AA, shift=4)

    def line(self, points: Floats, width: float, colour: Rgb = INK) -> None:
        """Draw an open line."""
        corners = [np.rint(points * self.scale * 16).astype(np.int32)]
        cv2.polylines(self.pixels, corners, False, colour, self._thick(width), cv2.LINE_AA, shift=4)

    def disc(self, centre: Floats, radius: float, colour: Rgb, line: float = 1.2, stretch: float = 1.0) -> None:
        """Draw a disc, or an ellipse ``stretch`` times as high as wide."""
        angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
        self.shape(centre + radius * np.stack([np.cos(angle), stretch * np.sin(angle)], 1), colour, line)

    def ribbon(self, path: Floats, width: Floats, colour: Rgb, lining: Rgb, folds: int = 1) -> None:
        """Lay a band along a path, its lower half in the lining's colour, with fold lines along it."""
        ahead = np.gradient(path, axis=0)
        normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1) / np.maximum(np.hypot(*ahead.T), 1e-6)[:, None]
        edge = normal * width[:, None] / 2
        self.shape(np.concatenate([path + edge, (path - edge)[::-1]]), colour)
        self.shape(np.concatenate([path + edge, (path + 0.25 * edge)[::-1]]), lining, 0.8)
        for fold in range(folds):
            self.line(path - edge * (0.25 + 0.6 * fold / max(1, folds - 1)), 0.7)

    def _thick(self, width: float) -> int:
        return max(1, round(width * self.scale))


def curve(points: Floats, count: int = 120) -> Floats:
    """Join points by a smooth curve through all of them (Catmull-Rom)."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    place = np.linspace(0, len(points) - 1 - 1e-9, count)
    i, t = place.astype(int), (place % 1)[:, None]
    a, b, c, d = padded[i], padded[i + 1], padded[i + 2], padded[i + 3]
    return np.asarray(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))


def noise(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Floats:
    """Smooth noise of mean 0 and deviation 1 with about ``cells`` bumps down the image."""
    grid = rng.standard_normal((cells + 3, max(1, round(cells * size[1] / size[0])) + 3))
    smooth = np.asarray(cv2.resize(grid, (size[1], size[0]), interpolation=cv2.INTER_CUBIC), np.float64)
    return np.asarray((smooth - smooth.mean()) / smooth.std())


def band(wall: Wall, rng: np.random.Generator, top: float, height: float) -> None:
    """Paint a border: stripes, and between them a row of petals, lozenges or scrolls."""
    ground, motif, eye = (ROBES[i] for i in rng.permutation(len(ROBES))[:3])
    end = wall.width
    for first, last, colour in ((0.0, 1.0, LEAD_WHITE), (0.08, 0.92, EARTH), (0.16, 0.84, ground)):
        left, right, up, down = -5.0, end + 5, top + first * height, top + last * height
        wall.shape(np.array([[left, up], [right, up], [right, down], [left, down]]), colour, 0.8)
    middle, radius = top + height / 2, 0.3 * height
    kind = int(rng.integers(3))
    for number, x in enumerate(np.arange(radius, end + 3 * radius, 2.6 * radius)):
        centre = np.array([x, middle])
        if kind == 0:  # flowers
            for angle in np.arange(6) * np.pi / 3:
                wall.disc(centre + 0.6 * radius * np.array([np.cos(angle), np.sin(angle)]), 0.42 * radius, motif, 0.6)
            wall.disc(centre, 0.35 * radius, eye, 0.6)
        elif kind == 1:  # lozenges within lozenges
            corners = np.array([[1.25, 0], [0, 1], [-1.25, 0], [0, -1]])
            for share, colour in ((1.0, motif), (0.66, LEAD_WHITE), (0.36, eye)):
                wall.shape(centre + share * radius * corners, colour, 0.6)
        else:  # a scroll, turning up and down
            turn = np.linspace(0, 2.6 * np.pi, 60)
            side = 1 if number % 2 else -1
            spiral = np.stack([np.cos(turn), side * np.sin(turn)], 1) * (radius * (1 - 0.3 * turn / np.pi))[:, None]
            wall.line(centre + spiral, 3.2, motif)
            wall.line(centre + spiral, 0.7, LEAD_WHITE)


def cloud(wall: Wall, rng: np.random.Generator, centre: Floats, size: float) -> None:
    """Paint a cloud: a tail, and curls of rings in shades of one colour."""
    shades = ((MALACHITE, PALE_GREEN), (AZURITE, PALE_BLUE), (CINNABAR, OCHRE))[int(rng.integers(3))]
    side = rng.choice([-1.0, 1.0])
    tail = curve(centre + size * np.array([[0, 0.3], [1.2 * side, 0.5], [2.2 * side, 0.1], [3.4 * side, 0.35]]))
    wall.ribbon(tail, np.linspace(0.9, 0.05, len(tail)) * size, shades[1], LEAD_WHITE, 2)
    for x, y, r in ((-0.9, 0.15, 0.55), (0.9, 0.1, 0.6), (-0.3, -0.35, 0.62), (0.4, -0.3, 0.55), (0.0, 0.25, 0.7)):
        place = centre + size * (np.array([x, y]) + 0.06 * rng.standard_normal(2))
        for share, colour in ((1.0, shades[0]), (0.74, shades[1]), (0.46, LEAD_WHITE), (0.22, shades[0])):
            wall.disc(place, share * r * size, colour, 0.8)


def halo(wall: Wall, rng: np.random.Generator, centre: Floats, radius: float) -> None:
    """Paint a halo: rings, one of them of rays."""
    outer, inner = (ROBES[i] for i in rng.permutation(len(ROBES))[:2])
    for share, colour in ((1.0, LEAD_WHITE), (0.95, outer), (0.8, EARTH), (0.76, OCHRE), (0.56, LEAD_WHITE)):
        wall.disc(centre, share * radius, colour, 0.9)
    for angle in np.linspace(0, 2 * np.pi, 40, endpoint=False):
        ray = np.array([[np.cos(a), np.sin(a)] for a in (angle, angle + 0.05)])
        wall.line(centre + radius * np.stack([0.58 * ray[0], 0.75 * ray[1]]), 1.0, CINNABAR)
    wall.disc(centre, 0.52 * radius, inner, 0.9)


def figure(wall: Wall, rng: np.random.Generator, head: Floats, side: float, size: float) -> None:
    """Paint a flying figure: ribbons behind, halo, body, robe, arms and head.

    Args:
        wall: Where.
        rng: Of the colours and how the ribbons fly.
        head: Middle of the face.
        side: 1 where the robe flies to the right, -1 to the left.
        size: Half the height of the head, of which all else is a multiple.
    """
    colours = [ROBES[i] for i in rng.permutation(len(ROBES))]

    def at(points: list[tuple[float, float]], wave: float = 0.0) -> Floats:
        places = np.array(points) + wave * rng.standard_normal((len(points), 2)) * (np.arange(len(points)) > 0)[:, None]
        return np.asarray(head + size * places * np.array([side, 1.0]))

    for number, start in enumerate(((0.5, 2.4), (1.0, 3.4), (2.2, 4.0))):
        rise = -2.2 + 2.1 * number
        flight = [(3.0, 1.0), (5.5, 2.2), (8.0, 0.8), (10.5, 2.0), (12.5, 1.0)]
        points = [start, *((x, y + rise) for x, y in flight)]
        path = curve(at(points, 0.35))
        along = np.linspace(0, 1, len(path))
        wide = size * (0.8 + 0.25 * np.sin(9 * along)) * np.interp(along, (0, 0.6, 1), (1, 0.8, 0.15))
        wall.ribbon(path, wide, colours[number], colours[number + 1], 1)
    halo(wall, rng, head, 2.3 * size)
    legs = curve(at([(0.3, 2.2), (1.6, 4.0), (4.2, 4.9), (7.0, 4.3), (9.0, 4.8)], 0.15))
    wide = size * np.interp(np.linspace(0, 1, len(legs)), (0, 0.2, 0.5, 0.8, 1), (1.2, 2.0, 2.5, 1.9, 0.9))
    wall.ribbon(legs, wide, colours[4], colours[5], 5)
    for offset in (-0.4, 0.3):
        feet = at([(8.9, 4.8 + offset), (10.0, 4.9 + offset)])
        wall.ribbon(curve(feet, 20), np.linspace(0.5, 0.25, 20) * size, SKIN, SKIN, 0)
    wall.ribbon(curve(at([(0.0, 1.0), (0.2, 2.0), (0.9, 3.2)])), np.linspace(0.7, 1.7, 120) * size, SKIN, SKIN, 0)
    sash = curve(at([(-0.7, 1.7), (0.3, 2.5), (1.7, 2.6)]))
    wall.ribbon(sash, np.full(len(sash), 0.6 * size), colours[3], LEAD_WHITE, 1)
    for points in ([(-0.4, 1.8), (-1.9, 2.9), (-3.3, 2.0)], [(0.7, 1.9), (-0.6, 3.5), (-2.6, 3.7)]):
        arm = curve(at(points, 0.1))
        wall.ribbon(arm, np.linspace(0.62, 0.34, len(arm)) * size, SKIN, SKIN, 0)
        wall.disc(arm[-1], 0.3 * size, SKIN, 1.0)
        wall.ribbon(arm[96:102], np.full(6, 0.6 * size), OCHRE, OCHRE, 0)
    wall.disc(head + np.array([0, -0.95 * size]), 0.42 * size, INK)
    wall.disc(head + np.array([0, -0.2 * size]), 0.86 * size, INK, stretch=1.06)
    wall.disc(head + np.array([0, 0.08 * size]), 0.7 * size, SKIN, stretch=1.18)
    for x in (-0.3, 0.3):
        eye = np.linspace(-1, 1, 12)
        for drop, bow in ((-0.22, 0.1), (-0.02, -0.07), (0.02, 0.03)):
            arc = np.stack([x + 0.19 * eye, drop - bow * (1 - eye**2)], 1)
            wall.line(head + size * arc, 0.9)
    wall.line(head + size * np.array([[0.02, -0.1], [0.07, 0.26], [-0.05, 0.3]]), 0.8)
    wall.line(head + size * np.array([[-0.14, 0.5], [0.0, 0.53], [0.14, 0.5]]), 1.8, CINNABAR)
    wall.line(curve(head + size * np.array([[-0.5, -0.85], [0.0, -1.0], [0.5, -0.85]]), 30), 2.4, OCHRE)


def age(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Let pigment fade in patches and show the plaster's grain."""
    size = image.shape[:2]
    colour = image.astype(np.float64)
    patches = noise(rng, size, 5) + 0.8 * noise(rng, size, 22) + 0.7 * noise(rng, size, 90)
    worn = 0.15 + 0.85 / (1 + np.exp(-4 * (patches - 1.7)))
    ground = np.array(PLASTERS[int(rng.integers(len(PLASTERS)))], np.float64)
    colour += 0.6 * worn[..., None] * (ground - colour)
    light = 1 + 0.035 * noise(rng, size, 3) + 0.025 * noise(rng, size, 40) + 0.03 * rng.standard_normal(size)
    return np.asarray(np.clip(np.rint(colour * light[..., None]), 0, 255), np.uint8)


def draw_mural(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one mural.

    Args:
        size: (height, width) in pixels.
        rng: The only source of chance.

    Returns:
        ``(H, W, 3)`` uint8 RGB.
    """
    wall = Wall(size, PLASTERS[int(rng.integers(len(PLASTERS)))])
    height = float(rng.uniform(34, 46))
    for _ in range(26):  # falling blossoms
        wall.disc(rng.uniform((0, height), (wall.width, SIDE - height)), rng.uniform(1.2, 2.6), CINNABAR, 0.4)
    for x in np.arange(rng.uniform(0, 60), wall.width, 105):
        cloud(wall, rng, np.array([x, rng.choice([0.22, 0.8]) * SIDE + rng.normal(0, 12)]), rng.uniform(14, 22))
    side = float(rng.choice([-1.0, 1.0]))
    head = np.array([wall.width / 2 - side * wall.width * rng.uniform(0.18, 0.26), SIDE * rng.uniform(0.34, 0.46)])
    figure(wall, rng, head, side, float(rng.uniform(20, 24)))
    band(wall, rng, 0, height)
    band(wall, rng, SIDE - height, height)
    reduced = cv2.resize(wall.pixels, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return age(np.asarray(reduced, np.uint8), rng)


def main() -> None:
    """Draw as many as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("examples/work/murals"), help="folder to write to")
    parser.add_argument("--count", type=int, default=6, help="how many")
    parser.add_argument("--size", default="512x384", help="WxH in pixels")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    options.out.mkdir(parents=True, exist_ok=True)
    for number in range(options.count):
        mural = draw_mural((height, width), np.random.default_rng([options.seed, number]))
        write_rgb(options.out / f"mural_{number:02d}.png", mural)
    print(f"{options.count} murals in {options.out}")


if __name__ == "__main__":
    main()
