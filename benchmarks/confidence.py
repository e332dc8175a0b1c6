"""Fit and check how `pconv inpaint --confidence` judges fills.

    python benchmarks/confidence.py --photo IMAGES --mural IMAGES --masks MASKS --fills CACHE

IMAGES and MASKS are those of `benchmarks/test_set.py`: image i takes masks of the classes i mod 6 and (i + 3) mod 6;
of images above 400 pixels the middle, 384 x 384, is taken. Photographs are filled with the weights `photo`, murals with
`mural`. CACHE keeps the fills, so that a second run only fits; with ``--no-fills`` it takes those that are there.

Half of the images (by the MD5 of their names) fit one logistic regression for each kind of fill, whose coefficients may
not be positive: no confidence rises with distance or disagreement. The other half checks it. Printed are the
constants of `pconv_cli/methods/confidence/calibration.py`, and the table of `docs/confidence.md`.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.test_set import CLASSES, mask_name
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.confidence.calibration import TOLERANCE
from pconv_cli.methods.confidence.terms import error_of, terms_of
from pconv_cli.methods.protocol import Backend

#: Kinds of fills, with the names of the fill and its two witnesses in the cache.
KINDS = {
    "textured": ("main0", "main1", "pm0"),
    "patchmatch": ("pm0", "pm1", "pyramid"),
    "pconv": ("net", "pyramid", "telea"),
    "pyramid": ("pyramid", "telea", "ns"),
    "telea": ("telea", "ns", "pyramid"),
    "ns": ("ns", "telea", "pyramid"),
    "biharmonic": ("biharmonic", "telea", "pyramid"),
}
BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.85), (0.85, 0.95), (0.95, 1.0))
A_FILL = 4000  # pixels of each fill that are taken, at random


class Sample(NamedTuple):
    """Pixels of one fill: terms ``(n, 5)`` and errors ``(n,)``."""

    group: str
    image: str
    terms: NDArray[np.float32]
    errors: NDArray[np.float32]


def backend(name: str, weights: str, known: dict[tuple[str, str], Backend]) -> Backend:
    """Make a method by its name in the cache, once."""
    own: dict[str, Any] = {
        "main0": {"method": "pconv", "weights": weights, "texture": 0.5, "seed": 0},
        "main1": {"method": "pconv", "weights": weights, "texture": 0.5, "seed": 1},
        "net": {"method": "pconv", "weights": weights},
        "pm0": {"method": "patchmatch", "seed": 0},
        "pm1": {"method": "patchmatch", "seed": 1},
    }
    if (name, weights) not in known:
        known[name, weights] = make_backend(**own.get(name, {"method": name}))
    return known[name, weights]


def truth_of(path: Path) -> NDArray[np.float32]:
    """Read an image, or the middle of a large one."""
    rgb = cv2.imread(str(path))[:, :, ::-1].astype(np.float32) / 255
    return rgb[60:444, 60:444] if max(rgb.shape) > 400 else rgb


def fill_all(group: str, images: Path, masks: Path, cache: Path) -> None:
    """Fill every image of a group by every method, into the cache."""
    known: dict[tuple[str, str], Backend] = {}
    for number, path in enumerate(sorted(images.glob("*.png"))):
        for ratio in (CLASSES[number % 6], CLASSES[(number + 3) % 6]):
            place = cache / f"{group}-{path.stem}-{ratio}.npz"
            if place.exists():
                continue
            size = cv2.imread(str(path)).shape
            mask = cv2.imread(str(masks / mask_name(number, ratio)), 0)
            hole = cv2.resize(mask, (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT) >= 128
            hole = hole[60:444, 60:444] if max(size) > 400 else hole
            damaged = truth_of(path)
            damaged[hole] = 0.5
            names = [name for name in dict.fromkeys(sum(KINDS.values(), ())) if name != "biharmonic" or ratio < "0.2"]
            fills = {name: backend(name, group, known).fill(damaged, ~hole)[hole] for name in names}
            packed = {"hole": np.packbits(hole), "shape": hole.shape, "path": str(path)}
            np.savez(place, **packed, **{name: fill.astype(np.float16) for name, fill in fills.items()})


def samples_of(kind: str, cache: Path) -> Iterator[Sample]:
    """Measure the fills of a kind."""
    for place in sorted(cache.glob("*.npz")):
        with np.load(place) as stored:
            main, *witnesses = KINDS[kind]
            if main not in stored:
                continue
            shape = tuple(stored["shape"])
            hole = np.unpackbits(stored["hole"])[: shape[0] * shape[1]].reshape(shape).astype(bool)
            path = Path(str(stored["path"]))
            truth = truth_of(path) if max(shape) <= 400 else cv2.imread(str(path))[:, :, ::-1].astype(np.float32) / 255
            images = []
            for name in (main, *witnesses):
                image = truth.copy()
                image[hole] = stored[name]
                images.append(image)
        terms = terms_of(images[0], hole, ~hole, images[1:])
        errors = error_of(images[0][hole], truth[hole])
        chosen = np.random.default_rng(0).permutation(len(errors))[:A_FILL]
        yield Sample(place.name.split("-")[0], path.stem, terms[chosen], errors[chosen])


def fitted(terms: NDArray[np.float64], within: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit a logistic regression whose slopes are not positive; intercept first."""
    mean, deviation = terms.mean(axis=0), terms.std(axis=0) + 1e-9
    inputs = np.c_[np.ones(len(terms)), (terms - mean) / deviation]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = inputs @ weights
        value = (np.logaddexp(0, margin) - within * margin).mean() + 1e-3 * (weights[1:] ** 2).sum()
        slope = inputs.T @ (1 / (1 + np.exp(-margin)) - within) / len(within) + 2e-3 * np.r_[0, weights[1:]]
        return float(value), slope

    start = np.zeros(inputs.shape[1])
    bounds = [(None, None), *[(None, 0)] * terms.shape[1]]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.r_[best[0] - (best[1:] * mean / deviation).sum(), best[1:] / deviation]


def main() -> None:
    """Fill, fit, check."""
    parser = argparse.ArgumentParser()
    for name in ("photo", "mural", "masks", "fills"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--no-fills", action="store_true")
    given = parser.parse_args()
    given.fills.mkdir(parents=True, exist_ok=True)
    if not given.no_fills:
        fill_all("photo", given.photo, given.masks, given.fills)
        fill_all("mural", given.mural, given.masks, given.fills)
    for kind in KINDS:
        samples = list(samples_of(kind, given.fills))
        halves: tuple[list[Sample], list[Sample]] = ([], [])
        for sample in samples:
            halves[int(hashlib.md5(sample.image.encode()).hexdigest(), 16) % 2].append(sample)
        terms = np.concatenate([one.terms for one in halves[0]]).astype(np.float64)
        weights = fitted(terms, np.concatenate([one.errors for one in halves[0]]) <= TOLERANCE)
        print(f'"{kind}": ({", ".join(f"{one:.3f}" for one in weights)}),  # {len(halves[0])} fills')
        for group in ("photo", "mural"):
            part = [one for one in halves[1] if one.group == group]
            inputs = np.c_[np.ones(sum(len(one.terms) for one in part)), np.concatenate([one.terms for one in part])]
            sure = 1 / (1 + np.exp(-inputs @ weights))
            within = np.concatenate([one.errors for one in part]) <= TOLERANCE
            cells = [(sure >= low) & (sure < high) for low, high in BINS]
            row = [f"{within[cell].mean():.1%} ({cell.mean():.0%})" if cell.any() else "" for cell in cells]
            print(f"| {kind} | {group}, {len({one.image for one in part})} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
