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
        "textured": (-3.780, -0.771, -0.289, -0.396, -0.287, -1.076),
        "patchmatch": (-4.512, -0.570, -0.311, -0.780, -0.255, -0.814),
        "pconv": (-2.950, -0.934, -0.111, -0.419, -0.395, -0.924),
        "pyramid": (-4.629, -0.728, -0.299, -0.511, -0.749, -0.648),
        "telea": (-4.783, -0.511, -0.542, -0.533, -0.665, -0.346),
        "ns": (-4.253, -0.571, -0.427, -0.539, -0.646, -0.372),
        "biharmonic": (-4.752, -1.084, -0.549, -0.584, -0.517, -0.979),
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
