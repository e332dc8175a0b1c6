"""Canny's edges of what is known of an image."""

import torch
from torch import Tensor

# Luminance of RGB as skimage.color.rgb2gray has it, by which the published networks were trained.
_LUMINANCE = (0.2125, 0.7154, 0.0721)


def grey_of(x: Tensor) -> Tensor:
    """Give the luminance of RGB: ``(N, 3, H, W)`` to ``(N, 1, H, W)``, in the same range."""
    red, green, blue = (share * x[:, i : i + 1] for i, share in enumerate(_LUMINANCE))
    return red + green + blue


@torch.compiler.disable  # type: ignore[untyped-decorator]
@torch.no_grad()
def canny_edges(grey: Tensor, mask: Tensor, sigma: float) -> Tensor:
    """Find the edges of grey images, but none that a hole makes: its pixels and their neighbours are left out.

    Args:
        grey: ``(N, 1, H, W)`` in [0, 1]; what stands in a hole is not looked at.
        mask: ``(N, 1, H, W)``, 1 = valid, 0 = hole.
        sigma: Standard deviation in pixels of the Gaussian that smooths first.

    Returns:
        ``(N, 1, H, W)`` of ones (edge) and zeros, on the device and in the precision of ``grey``.

    References:
        Canny, "A computational approach to edge detection", PAMI 1986; hysteresis between 0.1 and 0.2, which is
            scikit-image's default, and EdgeConnect's.

    Example:
        >>> grey = torch.zeros(1, 1, 32, 32)
        >>> grey[..., 16], grey[..., 17:] = 0.5, 1
        >>> edges = canny_edges(grey, torch.ones_like(grey), 2.0)
        >>> edges[0, 0, 10].nonzero().ravel().tolist()
        [16]
    """
    from skimage.feature import canny  # it loads scipy, for which other networks need not wait

    images = grey.detach().cpu().double().numpy()  # as the original, whose thresholds some edges are near
    valid = (mask > 0).cpu().numpy()
    found = [
        canny(image, sigma, mask=known)  # type: ignore[no-untyped-call]
        for (image,), (known,) in zip(images, valid, strict=True)
    ]
    return torch.stack([torch.from_numpy(edges) for edges in found])[:, None].to(grey.device, grey.dtype)
