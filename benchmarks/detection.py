"""How much of known damage `pconv masks detect` finds, and how much it finds that is none.

    python benchmarks/detection.py
    python benchmarks/detection.py --pictures PICTURES --count 20 --overlays OVERLAYS

Damage from the program's own generators is painted on pictures (scikit-image's samples, or a folder), and what is
found is compared with it pixel by pixel. Real pictures have white shapes and thin lines of their own, and old ones have
real damage, so that a part of what counts here as found in error is none: look at the overlays (drawn: damage that was
found green, missed red, found in error blue).

Each row is the mean over the pictures: precision (share of what was found that is damage), recall (share of the damage
that was found), the same with 2 px of tolerance (a pixel counts as right within 2 px of the other area), and the share
of the undamaged picture that is found in it (false area).
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from pconv_cli.files.find import find_pictures
from pconv_cli.files.pictures import read_picture, write_rgb
from pconv_cli.files.samples import reduced, sample_pictures
from pconv_cli.masks.cracks import cracks
from pconv_cli.masks.detection import Search, detect
from pconv_cli.masks.generate import draw_mask
from pconv_cli.masks.kinds import Damage, MaskKind
from pconv_cli.masks.operations import spread

PAINT = (0, 255, 0)
TOLERANCE = 2
VISIBLE = 15
LEAST_DAMAGE = 0.001
Area = np.ndarray
Case = tuple[
    str, Callable[[tuple[int, int], np.random.Generator], Area], tuple[int, int, int] | None, int | None, Search
]


def thin_lines(size: tuple[int, int], rng: np.random.Generator) -> Area:
    """Cracks without the flaking beside them, the last piece of their generator, and no wider than 6 px."""
    unit = min(size) / 512
    pieces = list(cracks(size, unit, 0.05, rng))[:-1]
    area = np.any([piece.shape > 0 for piece in pieces], axis=0)
    wide = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0
    return area & ~wide


def drawn(kind: MaskKind) -> Callable[[tuple[int, int], np.random.Generator], Area]:
    """Holes of one of the generators, 2 to 15 % of the picture."""
    return lambda size, rng: ~draw_mask(kind, size, rng, ratio=(0.02, 0.15))


def cases() -> list[Case]:
    """What is painted on, in which colour (None: lines, by their own contrast), saved how, and how it is looked for."""
    paint, white, black = Search(colours=[PAINT]), Search([Damage.WHITE]), Search([Damage.BLACK])
    strokes, flakes = drawn(MaskKind.STROKES), drawn(MaskKind.CRACKS)
    return [
        ("paint, PNG", strokes, PAINT, None, paint),
        ("paint, JPEG 90", strokes, PAINT, 90, paint),
        ("paint, JPEG 60", strokes, PAINT, 60, paint),
        ("white flakes, PNG", flakes, (250, 248, 244), None, white),
        ("white flakes, JPEG 85", flakes, (250, 248, 244), 85, white),
        ("black shapes, JPEG 85", drawn(MaskKind.SHAPES), (6, 6, 6), 85, black),
        ("cracks, PNG", thin_lines, None, None, Search([Damage.CRACKS])),
        ("cracks, JPEG 85", thin_lines, None, 85, Search([Damage.CRACKS])),
        ("scratches, JPEG 85", thin_lines, None, 85, Search([Damage.SCRATCHES])),
    ]


def visible(picture: Area, spoilt: Area) -> Area:
    """Where damage can be seen; a dark crack on black cannot, and nobody could find it."""
    return np.abs(spoilt.astype(np.int16) - picture).max(axis=2) >= VISIBLE


def damaged(picture: Area, area: Area, case: Case, rng: np.random.Generator) -> Area:
    """Paint damage on a picture: lines take 60 to 90 of 255 off (or add them), with soft edges; losses have noise."""
    _, _, colour, quality, search = case
    result = picture.astype(np.float32)
    if colour is None:
        depth = rng.uniform(60, 90) * (-1 if Damage.CRACKS in search.methods else 1)
        result += depth * cv2.GaussianBlur(area.astype(np.float32), (0, 0), 0.6)[:, :, np.newaxis]
    else:
        result[area] = colour
        if not search.colours:
            result[area] += rng.normal(0, 2, (int(area.sum()), 1))
    out = np.rint(np.clip(result, 0, 255)).astype(np.uint8)
    return out if quality is None else _recompressed(out, quality)


def _recompressed(picture: Area, quality: int) -> Area:
    _, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
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


def overlay(picture: Area, found: Area, true: Area) -> Area:
    """Found damage green, missed red, found in error blue."""
    shown = picture // 2 + 60
    for where, colour in ((found & true, (0, 255, 0)), (true & ~found, (255, 0, 0)), (found & ~true, (0, 80, 255))):
        shown[where] = colour
    return shown


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="a folder, instead of scikit-image's samples")
    parser.add_argument("--count", type=int, help="so many of its pictures, evenly chosen")
    parser.add_argument("--side", type=int, default=768, help="longest side of the folder's pictures, in pixels")
    parser.add_argument("--only", default="", help="the cases whose names begin so")
    parser.add_argument("--overlays", type=Path, help="a folder for pictures of what was found")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    pictures = sample_pictures() if options.pictures is None else _folder(options)
    print(f"{len(pictures)} pictures, seed {options.seed}\n")
    print("| damage | precision | recall | precision, 2 px | recall, 2 px | false area |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for case in [case for case in cases() if case[0].startswith(options.only)]:
        rows = []
        for number, (name, picture) in enumerate(pictures.items()):
            rng = np.random.default_rng([options.seed, number])
            area = case[1](picture.shape[:2], rng)
            spoilt = damaged(picture, area, case, rng)
            true = area & visible(picture, spoilt)
            if true.mean() < LEAST_DAMAGE:
                continue
            found = ~detect(_float(spoilt), case[-1])
            rows.append([*score(found, true), (~detect(_float(picture), case[-1])).mean()])
            print(case[0], name, " ".join(f"{value:.3f}" for value in rows[-1]), file=sys.stderr)
            if options.overlays:
                sheet = np.concatenate([spoilt, overlay(spoilt, found, true)], axis=1)
                write_rgb(options.overlays / f"{case[0].replace(', ', '_').replace(' ', '_')}_{name}.png", sheet)
        print(f"| {case[0]} | " + " | ".join(f"{value:.3f}" for value in np.mean(rows, axis=0)) + " |")


def _float(picture: Area) -> Area:
    return picture.astype(np.float32) / np.float32(255)


def _folder(options: argparse.Namespace) -> dict[str, Area]:
    paths = find_pictures(options.pictures)
    if not paths:
        raise SystemExit(f"{options.pictures}: no picture here")
    count = min(options.count or len(paths), len(paths))
    chosen = [paths[len(paths) * index // count] for index in range(count)]
    read = {path.stem: np.rint(read_picture(path).rgb() * 255).astype(np.uint8) for path in chosen}
    return {name: reduced(picture, options.side / max(picture.shape[:2])) for name, picture in read.items()}


if __name__ == "__main__":
    main()
