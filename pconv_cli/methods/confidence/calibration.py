"""From the terms of a fill to the probability that its error is small.

Fitted by `benchmarks/confidence.py`, one logistic regression for each kind of fill, on half of the images of a public
set (photographs and murals); `docs/confidence.md` has how far it holds on the other half.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

#: The error that is small, as a share of the range: 25.5 levels of 255.
TOLERANCE = 0.1

#: By kind of fill, see `pconv_cli.methods.confidence.witnesses.kind_of`: the intercept, and a weight for each of
#: `pconv_cli.methods.confidence.terms.TERMS`. None is positive: no confidence rises with distance or disagreement.
WEIGHTS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "textured": (-3.991, -0.611, -0.280, -0.446, -0.201, -1.048),
        "patchmatch": (-4.498, -0.492, -0.290, -0.758, -0.183, -0.838),
        "pconv": (-2.958, -0.849, -0.057, -0.367, -0.253, -1.038),
        "pyramid": (-4.647, -0.651, -0.239, -0.529, -0.642, -0.694),
        "telea": (-4.833, -0.454, -0.537, -0.513, -0.576, -0.384),
        "ns": (-4.291, -0.502, -0.427, -0.527, -0.539, -0.397),
        "biharmonic": (-4.305, -0.986, -0.481, -0.558, -0.486, -0.807),
    }
)

#: Levels of a map: what was not filled, and what was left in a neutral tone.
KNOWN, LEFT = 255, 0
#: The lowest and the highest level of a fill.
LEAST_SURE, SUREST = 1, 252


def probability(kind: str, terms: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the probability that the error of a pixel is at most `TOLERANCE`.

    Args:
        kind: The kind of fill.
        terms: ``(n, 5)``, see `pconv_cli.methods.confidence.terms.terms_of`.

    Returns:
        ``(n,)``, in (0, 1).
    """
    first, *others = WEIGHTS[kind]
    margin = first + terms.astype(np.float64) @ np.array(others)
    return np.asarray(1 / (1 + np.exp(-margin)))


def levels(kind: str, terms: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give the levels of a map, ``(n,)``: 255 times the probability, rounded, `LEAST_SURE` to `SUREST`."""
    return np.clip(np.rint(255 * probability(kind, terms)), LEAST_SURE, SUREST).astype(np.uint8)
