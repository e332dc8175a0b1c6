"""The lattice term: what a filled hole has of a pattern that repeats itself, and the truth there has not."""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.distances import exact
from pconv_cli.core.losses.term import Seen, Term

# Side of the windows, pixels from one to the next, and the share of one that has to be hole for it to count.
_SIDE, _STEP, _SHARE = 32, 16, 0.4

# Side in pixels of the squares whose mean a pixel is compared with: what is wider than that is structure.
_DETAIL = 9

# Waves in a window, at least and at most: periods of some 2 to 11 pixels.
_WAVES = (3.0, 15.0)

# Added to the powers, whose mean in the truth is 1: what has much less of them is nothing to be seen.
_FAINT = 1e-3

# Random texture alone has a peakedness of 2.
_RANDOM = 2.0


def lattice_loss(image: Tensor, truth: Tensor, mask: Tensor, known: Tensor | None = None) -> Tensor:
    """L_lattice: how much more of the hole's detail lies at a few frequencies than of the truth's.

    A decoder that is to give texture where nothing says which gives what is the least pains: the same dots over and
    over, a lattice. In windows of 32 x 32 pixels, 16 apart, at least 0.4 of which is hole, let d(I) be the hole's part
    of I minus its mean over 9 x 9 pixels, and P(I, f) the power of its Fourier transform, with a Hann window, summed
    over the channels, at the frequencies f of 3 to 15 waves a window, one of each pair f and -f. S(r), at least 1e-6,
    is the mean of P(I_gt, f) over all such windows of the batch and all f of r waves, rounded, and

        Q(f) = P(f) / S(|f|) + 0.001        peak(I) = mean of Q(f)^2 / (mean of Q(f))^2

    is 1 where all frequencies have as much as their part in the truth, 2 on the average in grey texture that is random
    (less where channels differ), and higher the more regular it is, however strong or faint. The term is, over these
    windows, of which none reaches beyond the last whole step,

        sum of max(0, log peak(I_comp) - log max(2, peak(I_gt))) * 16^2 / (N * H * W)

    so that a pattern costs nothing where the truth has one. It is not the paper's.

    Args:
        image: I_comp, ``(N, C, H, W)``.
        truth: I_gt, the same shape.
        mask: ``(N, 1, H, W)``, 1 = valid.
        known: ``(N, 1, H, W)``, 1 = known, 0 = damaged: then the hole is what is known and not valid. None: all is
            known.

    Returns:
        Scalar; 0 where no window is hole enough, as in images smaller than one.
    """
    image, truth, hole = exact(image), exact(truth), exact((1 if known is None else known) - mask)
    if min(image.shape[-2:]) < _SIDE:
        return 0 * image.sum()
    with torch.autocast(image.device.type, enabled=False):
        counts = (F.avg_pool2d(hole, _SIDE, _STEP).flatten() >= _SHARE).to(image.dtype)
        powers, wanted = (_powers(hole * _detail(x)) for x in (image, truth))
        rings = _rings(image.dtype, image.device)
        level = (counts @ wanted / counts.sum().clamp(min=1)) @ rings / rings.sum(0).clamp(min=1)
        usual = (rings @ level).clamp(min=1e-6)
        more = _log_peak(powers / usual) - _log_peak(wanted / usual).clamp(min=math.log(_RANDOM))
        return (counts * F.relu(more)).sum() * (_STEP**2 / mask.numel())


def _detail(x: Tensor) -> Tensor:
    return x - F.avg_pool2d(F.pad(x, (_DETAIL // 2,) * 4, mode="replicate"), _DETAIL, stride=1)


def _powers(x: Tensor) -> Tensor:
    """The powers of each window of ``(N, C, H, W)`` at the frequencies that count, ``(N * windows, F)``."""
    windows = x.unfold(2, _SIDE, _STEP).unfold(3, _SIDE, _STEP)  # (N, C, down, across, side, side)
    windows = windows.transpose(1, 2).transpose(2, 3).flatten(0, 2)
    hann = torch.hann_window(_SIDE, dtype=x.dtype, device=x.device)
    spectra = torch.fft.rfft2(windows * (hann * hann[:, None]))
    return torch.view_as_real(spectra).square().sum((1, 4)).flatten(1)[:, _places(x.device)]


def _log_peak(powers: Tensor) -> Tensor:
    raised = powers + _FAINT
    return raised.square().mean(1).log() - 2 * raised.mean(1).log()


def _radius() -> Tensor:
    """Waves a window at each of the transform's frequencies, ``(side * (side / 2 + 1))``; 0 at the second of a pair."""
    down, across = torch.fft.fftfreq(_SIDE) * _SIDE, torch.fft.rfftfreq(_SIDE) * _SIDE
    second = (across == 0) & (down[:, None] < 0)  # the transform leaves all others out
    return torch.hypot(down[:, None], across).masked_fill(second, 0).flatten()


@cache
def _places(device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # a later call may differentiate
        radius = _radius()
        return ((radius >= _WAVES[0]) & (radius <= _WAVES[1])).nonzero()[:, 0].to(device)


@cache
def _rings(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Say whether a frequency is one of r waves, rounded, ``(F, rings)``."""
    with torch.inference_mode(False):
        return F.one_hot(_radius()[_places(torch.device("cpu"))].round().long()).to(device, dtype)


def _lattice(seen: Seen) -> Tensor:
    return lattice_loss(seen.composite, seen.truth, seen.mask, seen.known)


TERM = Term("lattice", _lattice)
