"""How much of known damage `pconv masks detect` finds, and how much it finds that is none.

    python benchmarks/detection.py
    python benchmarks/detection.py --images IMAGES --count 20 --overlays OVERLAYS

Damage from the program's own generators is painted on images (scikit-image's samples, or a folder), and what is
found is compared with it pixel by pixel. Real images have white shapes and thin lines of their own, and old ones have
real damage, so that a part of what counts here as found in error is none: look at the overlays (drawn: damage that was
found green, missed red, found in error blue).

Each row is the mean over the images: precision (share of what was found that is damage), recall (share of the damage
that was found), and the same with 2 px of tolerance (a pixel counts as right within 2 px of the other area). A second
table shows what is found in the undamaged images, as they are and saved again as JPEG: the mean and the largest share
of the image (false area).
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from pconv_cli.files.finding.find import find_images
from pconv_cli.files.images import read_image, write_rgb
from pconv_cli.files.samples import reduced, sample_images
from pconv_cli.masks.detect.detection import Search, detect
from pconv_cli.masks.generate.cracks import cracks
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import Damage, MaskKind
from pconv_cli.masks.operations import spread

PAINT = (0, 255, 0)
PLASTER, CHAR = (250, 248, 244), (6, 6, 6)
TOLERANCE = 2
VISIBLE = 15
LEAST_DAMAGE = 0.001
Area = np.ndarray
Random = np.random.Generator
Draw = Callable[[tuple[int, int], Random], Area]
Paint = Callable[[Area, Area, Random], Area]


@dataclass(frozen=True)
class Case:
    """Damage: where it is drawn, how it is painted on, the JPEG quality (None: PNG), and how it is looked for."""

    name: str
    draw: Draw
    paint: Paint
    quality: int | None
    search: Search


def thin_lines(size: tuple[int, int], rng: Random) -> Area:
    """Cracks without the flaking beside them, the last piece of their generator, and no wider than 6 px."""
    unit = min(size) / 512
    pieces = list(cracks(size, unit, 0.05, rng))[:-1]
    area = np.any([piece.shape > 0 for piece in pieces], axis=0)
    wide = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0
    return area & ~wide


def thin_scratches(size: tuple[int, int], rng: Random) -> Area:
    """4 to 9 scratches of 1 to 3 px, nearly straight, each a fifth to a whole of the shorter side long."""
    area = np.zeros(size, np.uint8)
    for _ in range(int(rng.integers(4, 10))):
        length, bend = min(size) * rng.uniform(0.2, 1), rng.normal(0, 0.3)
        headings = rng.uniform(0, 2 * np.pi) + np.linspace(0, bend, 12)
        steps = np.stack([np.cos(headings), np.sin(headings)], 1) * length / 12
        points = rng.uniform((0, 0), size[::-1]) + np.cumsum(steps, 0)
        cv2.polylines(area, [np.rint(points * 16).astype(np.int32)], False, 1, int(rng.integers(1, 4)), shift=4)
    return area > 0


def bars(size: tuple[int, int], rng: Random) -> Area:
    """Bars and boxes with straight edges, most of them along the image's: dead rows of a scanner, strips, labels."""
    area, side = np.zeros(size, np.uint8), min(size)
    for _ in range(int(rng.integers(1, 5))):
        length, width = side * rng.uniform(0.05, 1.5), rng.uniform(4, side / 10)
        centre = rng.uniform((0, 0), size[::-1])
        _box(area, centre, length, width, rng)
    return area > 0


def straight_lines(size: tuple[int, int], rng: Random) -> Area:
    """Straight lines of 1 to 3 px, most of them along the image's sides and across all of it: a film's scratches."""
    area = np.zeros(size, np.uint8)
    for _ in range(int(rng.integers(2, 8))):
        length = 3 * max(size) if rng.random() < 0.6 else max(size) * rng.uniform(0.1, 0.8)
        _box(area, rng.uniform((0, 0), size[::-1]), length, int(rng.integers(1, 4)) - 0.5, rng)
    return area > 0


def _box(area: Area, centre: Area, length: float, width: float, rng: Random) -> None:
    """Fill a box, level, upright or, one time of four, at any angle."""
    angle = rng.uniform(0, 180) if rng.random() < 0.25 else 90 * float(rng.integers(2))
    corners = cv2.boxPoints((tuple(map(float, centre)), (length, width), angle))
    cv2.fillPoly(area, [np.rint(corners * 16).astype(np.int32)], 1, shift=4)


def drawn(kind: MaskKind) -> Draw:
    """Holes of one of the generators, 2 to 15 % of the image."""
    return lambda size, rng: ~draw_mask(kind, size, rng, ratio=(0.02, 0.15))


def flat(colour: tuple[int, int, int], noise: float = 2) -> Paint:
    """Paint one colour with hard edges and noise."""

    def paint(image: Area, area: Area, rng: Random) -> Area:
        result = image.copy()
        result[area] = colour
        result[area] += rng.normal(0, noise, (int(area.sum()), 1))
        return result

    return paint


def soft(low: float, high: float) -> Paint:
    """Paint one level in ``[low, high]``, a little warm, with soft edges (deviation 0.5 to 0.9 px) and noise of 3."""

    def paint(image: Area, area: Area, rng: Random) -> Area:
        colour = rng.uniform(low, high) + np.array([3.0, 0.0, -3.0]) * rng.uniform(0, 2)
        cover = cv2.GaussianBlur(area.astype(np.float32), (0, 0), rng.uniform(0.5, 0.9))[:, :, np.newaxis]
        return image + cover * (colour + rng.normal(0, 3, image.shape) - image)

    return paint


def shaded(sign: int, low: float = 60, high: float = 90) -> Paint:
    """Add (1) or take off (-1) ``low`` to ``high`` of 255 with soft edges: what is under the line shows through."""

    def paint(image: Area, area: Area, rng: Random) -> Area:
        depth = sign * rng.uniform(low, high)
        return image + depth * cv2.GaussianBlur(area.astype(np.float32), (0, 0), 0.6)[:, :, np.newaxis]

    return paint


def cases() -> list[Case]:
    """What is painted on, saved how, and how it is looked for."""
    paint = Search(colours=[PAINT])
    white, black = Search([Damage.WHITE]), Search([Damage.BLACK])
    dark, light = Search([Damage.CRACKS]), Search([Damage.SCRATCHES])
    strokes, flakes = drawn(MaskKind.STROKES), drawn(MaskKind.CRACKS)
    return [
        Case("paint, PNG", strokes, flat(PAINT, 0), None, paint),
        Case("paint, JPEG 90", strokes, flat(PAINT, 0), 90, paint),
        Case("paint, JPEG 60", strokes, flat(PAINT, 0), 60, paint),
        Case("white flakes, PNG", flakes, flat(PLASTER), None, white),
        Case("white flakes, JPEG 85", flakes, flat(PLASTER), 85, white),
        Case("white flakes, soft", flakes, soft(246, 252), None, white),
        Case("white strokes, JPEG 75", strokes, flat((255, 255, 255), 0), 75, white),
        Case("white patches, soft", drawn(MaskKind.RANDOMWALK), soft(240, 255), None, white),
        Case("black shapes, JPEG 85", drawn(MaskKind.SHAPES), flat(CHAR), 85, black),
        Case("black flakes, soft", flakes, soft(4, 12), None, black),
        Case("black strokes, JPEG 75", strokes, flat((0, 0, 0), 0), 75, black),
        Case("black bars, JPEG 85", bars, flat(CHAR), 85, black),
        Case("cracks, PNG", thin_lines, shaded(-1), None, dark),
        Case("cracks, JPEG 85", thin_lines, shaded(-1), 85, dark),
        Case("cracks, soft", thin_lines, soft(15, 50), None, dark),
        Case("faint cracks, JPEG 75", thin_lines, shaded(-1, 35, 60), 75, dark),
        Case("thin cracks, JPEG 75", thin_scratches, shaded(-1), 75, dark),
        Case("scratches, JPEG 85", thin_lines, shaded(1), 85, light),
        Case("scratches, soft", thin_lines, soft(210, 245), None, light),
        Case("faint scratches, JPEG 75", thin_lines, shaded(1, 35, 60), 75, light),
        Case("straight scratches, JPEG 85", straight_lines, soft(210, 245), 85, light),
        Case("thin scratches, soft", thin_scratches, soft(210, 245), None, light),
    ]


def visible(image: Area, spoilt: Area) -> Area:
    """Where damage can be seen; a dark crack on black cannot, and nobody could find it."""
    return np.abs(spoilt.astype(np.float32) - image).max(axis=2) >= VISIBLE


def damaged(image: Area, area: Area, case: Case, rng: Random) -> Area:
    """Paint damage on an image, and save it as the case says."""
    result = case.paint(image.astype(np.float32), area, rng)
    out = np.rint(np.clip(result, 0, 255)).astype(np.uint8)
    return out if case.quality is None else _recompressed(out, case.quality)


def _recompressed(image: Area, quality: int) -> Area:
    _, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]


def score(found: Area, true: Area) -> list[float]:
    """Precision and recall, and both with `TOLERANCE`."""
    near_true, near_found = spread(true, TOLERANCE), spread(found, TOLERANCE)
    hits, all_found, all_true = (found & true).sum(), max(1, found.sum()), max(1, true.sum())
    return [
        hits / all_found,
        hits / all_true,
        (found & near_true).sum() / all_found,
        (true & near_found).sum() / all_true,
    ]


def overlay(image: Area, found: Area, true: Area) -> Area:
    """Found damage green, missed red, found in error blue."""
    shown = image // 2 + 60
    for where, colour in ((found & true, (0, 255, 0)), (true & ~found, (255, 0, 0)), (found & ~true, (0, 80, 255))):
        shown[where] = colour
    return shown


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, help="a folder, instead of scikit-image's samples")
    parser.add_argument("--count", type=int, help="this number of its images, evenly chosen")
    parser.add_argument("--side", type=int, default=768, help="longest side of the folder's images, in pixels")
    parser.add_argument("--only", nargs="+", default=[""], help="the cases whose names begin so")
    parser.add_argument("--rules", action="store_true", help="find kinds by rules, and not by the network")
    parser.add_argument("--overlays", type=Path, help="a folder for images of what was found")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    images = sample_images() if options.images is None else _folder(options)
    print(f"{len(images)} images, seed {options.seed}\n")
    print("| damage | precision | recall | precision, 2 px | recall, 2 px |")
    print("| --- | ---: | ---: | ---: | ---: |")
    wanted = [case for case in cases() if case.name.startswith(tuple(options.only))]
    if options.rules:
        wanted = [replace(one, search=replace(one.search, rules=bool(one.search.methods))) for one in wanted]
    for case in wanted:
        rows = []
        for number, (name, image) in enumerate(images.items()):
            rng = np.random.default_rng([options.seed, number])
            area = case.draw(image.shape[:2], rng)
            spoilt = damaged(image, area, case, rng)
            true = area & visible(image, spoilt)
            if true.mean() < LEAST_DAMAGE:
                continue
            found = ~detect(_float(spoilt), case.search)
            rows.append(score(found, true))
            print(case.name, name, " ".join(f"{value:.3f}" for value in rows[-1]), file=sys.stderr)
            if options.overlays:
                sheet = np.concatenate([spoilt, overlay(spoilt, found, true)], axis=1)
                write_rgb(options.overlays / f"{case.name.replace(', ', '_').replace(' ', '_')}_{name}.png", sheet)
        print(f"| {case.name} | " + " | ".join(f"{value:.3f}" for value in np.mean(rows, axis=0)) + " |", flush=True)
    print("\n| undamaged | false area | largest | images with none |\n| --- | ---: | ---: | ---: |")
    for kind, search in {", ".join(case.search.methods) or "paint": case.search for case in wanted}.items():
        for quality in (None, 75):
            areas = []
            for name, image in images.items():
                sound = image if quality is None else _recompressed(image, quality)
                found = ~detect(_float(sound), search)
                areas.append(found.mean())
                if options.overlays and quality is None and found.any():
                    sheet = np.concatenate([image, overlay(image, found, np.zeros_like(found))], axis=1)
                    write_rgb(options.overlays / f"undamaged_{kind}_{name}.png", sheet)
            row = f"{np.mean(areas):.4f} | {np.max(areas):.4f} | {np.mean(np.equal(areas, 0)):.0%}"
            print(f"| {kind}{'' if quality is None else f', JPEG {quality}'} | {row} |", flush=True)


def _float(image: Area) -> Area:
    return image.astype(np.float32) / np.float32(255)


def _folder(options: argparse.Namespace) -> dict[str, Area]:
    paths = find_images(options.images)
    if not paths:
        raise SystemExit(f"{options.images}: no image here")
    count = min(options.count or len(paths), len(paths))
    chosen = [paths[len(paths) * index // count] for index in range(count)]
    read = {path.stem: np.rint(read_image(path).rgb() * 255).astype(np.uint8) for path in chosen}
    return {name: reduced(image, options.side / max(image.shape[:2])) for name, image in read.items()}


if __name__ == "__main__":
    main()
