"""The Frechet distance and the Inception score: pure functions of Inception's features and class scores.

Not those of torch-fidelity and torchmetrics, which come with their own Inception; see `inception`.
"""

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32] | NDArray[np.float64]


def frechet_distance(a: Features, b: Features) -> float | None:
    """Compute FID, the Frechet distance of two Gaussians fitted to features.

        FID = |m_a - m_b|^2 + tr(S_a) + tr(S_b) - 2 tr((S_a S_b)^(1/2)), m means, S covariances (divided by n - 1).

    With S = L L^T, the eigenvalues of S_a S_b are the squared singular values of L_a^T L_b, so that no root of a matrix
    that is nearly singular has to be taken.

    Args:
        a: ``(n, d)``.
        b: ``(m, d)``.

    Returns:
        The distance, not negative except for rounding; ``None`` for fewer than two rows.

    References:
        Heusel et al., NeurIPS 2017, eq. (6).
    """
    if min(len(a), len(b)) < 2:
        return None
    (mean_a, root_a), (mean_b, root_b) = _gaussian(a), _gaussian(b)
    between = float(np.linalg.svd(root_a.T @ root_b, compute_uv=False).sum())
    spread = float(np.square(root_a).sum() + np.square(root_b).sum())
    return float(np.square(mean_a - mean_b).sum()) + spread - 2 * between


def inception_score(scores: Features) -> float | None:
    """Compute exp(mean over images of KL(p(y|x) || p(y))), p(y) the mean of p(y|x) over all images (one split).

    Args:
        scores: ``(n, classes)``, before the softmax.

    Returns:
        At least 1; ``None`` for no image.

    References:
        Salimans et al., "Improved Techniques for Training GANs", 2016, section 4.
    """
    if not len(scores):
        return None
    logs = scores.astype(np.float64)
    logs = logs - logs.max(axis=1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
    p = np.exp(logs)
    marginal = np.log(np.maximum(p.mean(axis=0), np.finfo(np.float64).tiny))
    return float(np.exp((p * (logs - marginal)).sum(axis=1).mean()))


def _gaussian(features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the mean ``(d,)`` and a root L of the covariance, ``(d, min(n, d))``."""
    values = features.astype(np.float64)
    mean = values.mean(axis=0)
    centred = (values - mean) / np.sqrt(len(values) - 1)
    if len(values) <= values.shape[1]:
        return mean, centred.T
    eigenvalues, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, vectors * np.sqrt(np.maximum(eigenvalues, 0))
