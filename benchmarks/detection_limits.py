"""Which limits of `pconv masks detect` find most and leave sound images alone, on images held out of training.

    python benchmarks/detection_limits.py --shards DATA/photo-*.tar DATA/mural-*.tar --held-out HELD.txt --cache CACHE
    python benchmarks/detection_limits.py --shards ... --held-out HELD.txt --cache CACHE --weights new.safetensors \
        --kinds cracks --certain 0.6 0.7 0.8 --likely 0.2 0.3

The cases of `detection.py` are painted on some of the images, with another seed. The network looks at each of these,
and at sound images, once, and a second time where limits ask for it: what it says is kept in ``--cache``, apart for
each weights file, and judged by every combination of the limits that are given; the others stay as in
`pconv_cli.masks.detect.learned.LIMITS`.

For each combination: *short*, by how much precision and recall within 2 px lie below `WANTED`, summed, the mean over
the rows; both, the mean over the rows; and for each group of images (``photo-0.tar`` is of the group photo) the mean
false area, as PNG or as JPEG, whichever is more, and the share of sound images in which nothing is found. The best is
the one that is least short among those that keep to `FALSE_AREA` and `SILENT` in every group; its rows are printed.
"""

import argparse
import itertools
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from detection import LEAST_DAMAGE, _float, _recompressed, cases, damaged, score, visible
from safetensors.torch import load_file

from pconv_cli.files.digest import sha256_of
from pconv_cli.files.samples import reduced
from pconv_cli.files.shipped import shipped_weights
from pconv_cli.masks.detect import learned
from pconv_cli.masks.detect.detection import Search, detect
from pconv_cli.masks.detect.evidence import CELL
from pconv_cli.masks.detect.judging import Limits
from pconv_cli.masks.kinds import Damage
from pconv_cli.masks.large.windowed import SearchedArray
from pconv_cli.tiling.rect import Rect

WANTED = 0.82
"""Precision and recall that are enough: the bar, and a little more, since other images are other."""

FALSE_AREA = 0.0015
"""The largest mean false area of a group: three quarters of the bar."""

SILENT = 0.9
"""The least share of sound images in which nothing is found; other murals have had five times the false area."""


_FIRST, _SECOND = learned._logits, learned._second_logits


@dataclass(frozen=True)
class Seen:
    """What the network says of an image.

    Attributes:
        group: Of the image.
        name: The case, or ``sound`` and how it was saved.
        rgb: uint8 ``(h, w, 3)``.
        true: The damage, bool ``(h, w)``.
        logits: float16 ``(kinds, h, w)``.
        again: The file of those of the kind at a second look ``(h, w)``, written when they are asked for.
    """

    group: str
    name: str
    rgb: np.ndarray
    true: np.ndarray
    logits: np.ndarray
    again: Path


def held_images(shards: list[Path], names: set[str], side: int) -> dict[str, list[tuple[str, np.ndarray]]]:
    """Decode the images of these names in tar files, by group, no side above ``side`` px, in an order of their own."""
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for path in shards:
        with tarfile.open(path) as shard:
            for member in shard:
                if member.name in names:
                    data = np.frombuffer(shard.extractfile(member).read(), np.uint8)
                    image = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])
                    small = reduced(image, min(1, side / max(image.shape[:2])))
                    groups.setdefault(path.stem.rsplit("-", 1)[0], []).append((member.name, small))
    return {group: sorted(images, key=lambda one: _number(one[0])) for group, images in groups.items()}


def look(options: argparse.Namespace, kind: Damage) -> Iterator[Seen]:
    """Look at the images of a kind's cases, and at sound ones; what was seen before is read."""
    folder = options.cache / sha256_of(options.weights)[:12]
    folder.mkdir(parents=True, exist_ok=True)
    painted = [case for case in cases() if list(case.search.methods) == [kind]]
    held = held_images(options.shards, set(options.held_out.read_text("utf-8").split()), options.side)
    for group, images in held.items():
        for name, image in images[: options.sound]:
            for quality in (None, 75):
                rgb = image if quality is None else _recompressed(image, quality)
                file = folder / f"{_number(name)}-{options.side}-{quality}.npy"
                again = file.with_stem(f"{file.stem}-{kind}")
                yield Seen(group, f"sound {quality}", rgb, np.zeros(rgb.shape[:2], np.bool_), _seen(file, rgb), again)
        for (name, image), case in itertools.product(images[: options.count], painted):
            rng = np.random.default_rng([options.seed, _number(name)])
            area = case.draw(image.shape[:2], rng)
            rgb = damaged(image, area, case, rng)
            true = area & visible(image, rgb)
            if true.mean() >= LEAST_DAMAGE:
                file = folder / f"{_number(name)}-{options.side}-{options.seed}-{case.name.replace(' ', '_')}.npy"
                yield Seen(group, case.name, rgb, true, _seen(file, rgb), file.with_stem(f"{file.stem}-{kind}"))


def _number(name: str) -> int:
    """A number for an image that does not depend on which others there are."""
    return zlib.crc32(name.encode())


def _seen(file: Path, rgb: np.ndarray) -> np.ndarray:
    if not file.exists():
        np.save(file, _FIRST(_float(rgb)).astype(np.float16))
    return np.load(file, mmap_mode="r")


def found(seen: Seen, kind: Damage, limits: Limits) -> np.ndarray:
    """What `detect` finds by these limits, without the network's time."""

    def again(image: SearchedArray, kind: Damage, rect: Rect) -> np.ndarray:
        if not seen.again.exists():
            with patch.object(learned, "_logits", _FIRST):
                np.save(seen.again, _SECOND(image, kind, rect).astype(np.float16))
        return np.load(seen.again).astype(np.float32)

    logits = np.asarray(seen.logits, np.float32)
    with (
        patch.object(learned, "_logits", lambda _: logits),
        patch.object(learned, "_second_logits", again),
        patch.dict(learned.LIMITS, {kind: limits}),
    ):
        return ~detect(_float(seen.rgb), Search([kind]))


@dataclass(frozen=True)
class Outcome:
    """What limits give.

    Attributes:
        rows: By group and case: precision and recall, both within 2 px, and the share of images with nothing found.
        false_area: By group: the mean, as PNG or as JPEG.
        silent: By group: the share of sound images in which nothing is found.
    """

    rows: dict[tuple[str, str], np.ndarray]
    false_area: dict[str, float]
    silent: dict[str, float]

    @property
    def short(self) -> float:
        """By how much precision and recall lie below `WANTED`."""
        return float(np.mean([np.maximum(0, WANTED - row[2:4]).sum() for row in self.rows.values()]))

    @property
    def kept(self) -> bool:
        """Whether sound images are left alone."""
        return max(self.false_area.values()) <= FALSE_AREA and min(self.silent.values()) >= SILENT


def outcome(all_seen: list[Seen], kind: Damage, limits: Limits) -> Outcome:
    """Judge all that was seen by these limits."""
    scores: dict[tuple[str, str], list[list[float]]] = {}
    areas: dict[tuple[str, str], list[float]] = {}
    for seen in all_seen:
        area = found(seen, kind, limits)
        if seen.name.startswith("sound"):
            areas.setdefault((seen.group, seen.name), []).append(float(area.mean()))
        else:
            scores.setdefault((seen.group, seen.name), []).append([*score(area, seen.true), float(not area.any())])
    groups = sorted({group for group, _ in areas})
    return Outcome(
        {row: np.mean(values, axis=0) for row, values in scores.items()},
        {one: max(float(np.mean(values)) for (group, _), values in areas.items() if group == one) for one in groups},
        {
            one: min(float(np.mean(np.equal(values, 0))) for (group, _), values in areas.items() if group == one)
            for one in groups
        },
    )


def compare(options: argparse.Namespace, kind: Damage) -> None:
    """Print what each combination of limits gives for a kind, and the rows of the best."""
    usual, given = learned.LIMITS[kind], vars(options)
    names = [name for name in ("certain", "likely", "share", "pixels", "evidence") if given[name]]
    candidates = [usual, *(replace(usual, **dict(zip(names, values, strict=True)))
                           for values in itertools.product(*(given[name] for name in names)))]  # fmt: skip
    all_seen = list(look(options, kind))
    groups = sorted({seen.group for seen in all_seen})
    print(f"\n{kind}: {len(all_seen)} images\n")
    print("| certain | likely | share | pixels | evidence | short | precision, 2 px | recall, 2 px |", end="")
    print("".join(f" {group}: false area | silent |" for group in groups))
    print("|" + " ---: |" * (8 + 2 * len(groups)))
    outcomes = {}
    for limits in dict.fromkeys(candidates):
        one = outcomes[limits] = outcome(all_seen, kind, limits)
        precision, recall = np.mean([row[2:4] for row in one.rows.values()], axis=0)
        line = f"| {limits.certain:g} | {limits.likely:g} | {limits.share:g} | {limits.pixels} | {limits.evidence:g} "
        line += f"| {one.short:.4f} | {precision:.3f} | {recall:.3f} |"
        print(line + "".join(f" {one.false_area[g]:.4f} | {one.silent[g]:.0%} |" for g in groups), flush=True)
    silent = [limits for limits, one in outcomes.items() if one.kept]
    if not silent:
        print("\nNone of them leaves sound images alone.")
        return
    best = min(silent, key=lambda limits: outcomes[limits].short)
    print(f"\nBest: {best}\n")
    print("| damage | precision | recall | precision, 2 px | recall, 2 px | nothing found |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for (group, name), row in outcomes[best].rows.items():
        print(f"| {group}: {name} | " + " | ".join(f"{value:.3f}" for value in row[:4]) + f" | {row[4]:.0%} |")


def main() -> None:
    """Read the command line, and compare limits for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="tar files of images, named GROUP-N.tar")
    parser.add_argument("--held-out", type=Path, required=True, help="a file of names that were not trained on")
    parser.add_argument("--cache", type=Path, required=True, help="a folder for what the network says")
    parser.add_argument("--weights", type=Path, default=shipped_weights() / "detection" / "damage.safetensors")
    parser.add_argument("--kinds", type=Damage, nargs="+", default=[Damage.CRACKS, Damage.SCRATCHES])
    parser.add_argument("--count", type=int, default=20, help="images of a group with damage")
    parser.add_argument("--sound", type=int, default=40, help="sound images of a group")
    parser.add_argument("--side", type=int, default=CELL, help="longest side of the images, in pixels, at most 512")
    parser.add_argument("--seed", type=int, default=1, help="of the damage")
    parser.add_argument("--certain", type=float, nargs="+", help="values to compare, as those below")
    parser.add_argument("--likely", type=float, nargs="+")
    parser.add_argument("--share", type=float, nargs="+")
    parser.add_argument("--pixels", type=int, nargs="+")
    parser.add_argument("--evidence", type=float, nargs="+")
    options = parser.parse_args()
    if options.side > CELL:
        parser.error("--side: give 512 or less, so that a second look is at a whole image")
    learned._network().load_state_dict({name: value.float() for name, value in load_file(options.weights).items()})
    for kind in options.kinds:
        compare(options, kind)


if __name__ == "__main__":
    main()
