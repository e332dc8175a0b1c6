"""The network made fast: built from a trained `PConvUNet`, and equal to it in evaluation mode.

What is done, and why the result stays the same:

- BatchNorm is folded: with gain g and shift h a level gives g (W^T (X . M) N/s) + h, so that g goes into W, and h is
  added after the ratio N/s, which must not scale it.
- A level's output is set to 0 in its holes. Whatever comes next would multiply it by that mask.
- A concatenation is never made: the convolutions of its two parts are summed.
- Nearest upsampling and then a 3 x 3 kernel reads each low-resolution pixel once or twice along a side. That is four
  2 x 2 kernels at the low resolution, one for each parity of row and column: 16 products instead of 36. See `UpKernel`.
- Where a level is all valid, N/s depends on its size alone, and is kept.
- `PConvEngine.fill` leaves out the part of the decoder on which no hole depends.
- If wanted, chains of element-wise operations are compiled; see `pconv_cli.core.networks.pconv.fused`.
- On CUDA, images that are not large are computed by graphs, without a look at what is all valid or where the holes
  are, for which the processor would have to wait; see `pconv_cli.core.graphs`.
"""

import copy
from functools import partial
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.graphs import ReplayedFunction
from pconv_cli.core.networks.pconv.fused import fill_pyramid_fused, fine_detail_fused
from pconv_cli.core.networks.pconv.levels import DecoderLevel, EncoderLevel, MaskPolicy, cut
from pconv_cli.core.networks.pconv.regions import LevelRegion, decoder_boxes, hole_box
from pconv_cli.core.networks.pconv.spec import DETAIL_GAIN
from pconv_cli.core.networks.pconv.unet import PConvBlock, PConvUNet, detail_above, roughness, untinted
from pconv_cli.core.networks.values import from_values, to_values
from pconv_cli.core.pyramid import fill_pyramid, fine_detail
from pconv_cli.cores import stop_if_dropped

# Batches of more pixels than this, those of all their images together, are computed without CUDA graphs. There
# launching and waiting are small beside the work, and to leave out what no hole depends on saves as much: measured,
# one image of 2048 x 2048 takes as long either way. A batch of eight tiles of 512 x 512 has just as many.
_MOST_GRAPHED = 2**21


class PConvEngine:
    """A trained network for inference.

    Args:
        model: The network. Its weights are copied: what becomes of it later is not seen.
        dtype: Precision of the convolutions and of what lies between them. Masks, their sums and the base are float32
            in any case, and so is N/s, which is rounded to ``dtype`` where it is multiplied without compilation.
        compile: Whether torch.compile makes loops of its own of what is not convolution, at the first call.

    References:
        Liu et al., ECCV 2018, eq. (1) and (2), for what is computed.
    """

    def __init__(self, model: PConvUNet, dtype: torch.dtype = torch.float32, *, compile: bool = False) -> None:
        self.spec = model.spec
        self.dtype = dtype
        self.device = next(model.parameters()).device
        self._fine_detail = fine_detail_fused if compile else fine_detail
        on_cuda = self.device.type == "cuda"
        fused = compile and self.device.type != "cpu"
        # CUDA would have to be waited for until it knows how many pixels are holes.
        self._fill_base = fill_pyramid_fused if fused else partial(fill_pyramid, sparse=not on_cuda)
        self._graphs = ReplayedFunction(self._run_blindly) if on_cuda and not compile else None
        with torch.no_grad():
            self._encoder = [
                EncoderLevel(cast(PConvBlock, block), level, dtype, compile)
                for block, level in zip(model.encoder, self.spec.encoder, strict=True)
            ]
            # The last level is turned to float32 first: what it adds to the image should not be rounded once more.
            results = [dtype] * (self.spec.depth - 1) + [torch.float32]
            self._decoder = [
                DecoderLevel(cast(PConvBlock, block), level, dtype, result, compile)
                for block, level, result in zip(model.decoder, self.spec.decoder, results, strict=True)
            ]
            head = model.head
            self._head = None if head is None else copy.deepcopy(head).float()

    def __call__(self, x: Tensor, mask: Tensor) -> Tensor:
        """Predict whole images, as the output of `PConvUNet.forward`, in float32."""
        graphs = self._graphs_for(mask)
        return self._run_in(x, mask, _whole(x)) if graphs is None else graphs(x, mask)

    def fill(self, x: Tensor, mask: Tensor) -> Tensor:
        """Fill holes, and compute nothing that no hole depends on, save where that is done by graphs.

        Args:
            x: ``(N, 3, H, W)`` RGB in [0, 1]; what stands in a hole is not looked at.
            mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole).

        Returns:
            ``(N, 3, H, W)`` in float32: the input where valid, the network's prediction in holes, not clamped.

        Raises:
            Dropped: Nobody waits for it any longer; see `pconv_cli.cores.stop_if_dropped`.
        """
        filled = torch.where(mask > 0, x.float(), 0.0)
        graphs = self._graphs_for(mask)
        if graphs is not None:
            return torch.where(mask > 0, filled, graphs(x, mask))
        hole = (mask == 0).any(dim=0)[0]  # (H, W)
        box = hole_box(*(hole.any(dim=dim).cpu().numpy() for dim in (1, 0)))
        if box is not None:
            filled[box.of] = torch.where(mask[box.of] > 0, filled[box.of], self._run_in(x, mask, box))
        return filled

    def _graphs_for(self, mask: Tensor) -> ReplayedFunction | None:
        """Return what computes such a batch, where that is by graphs."""
        return self._graphs if mask.numel() <= _MOST_GRAPHED else None

    def _run_in(self, x: Tensor, mask: Tensor, box: LevelRegion) -> Tensor:
        """Return what the network predicts in a box, without graphs."""
        if self._graphs is None:
            return self._run(x, mask, box, _holes_or_none)
        return self._graphs.beside(lambda: self._run(x, mask, box, _holes_or_none))

    def _run_blindly(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return what the network predicts, by operations that the shapes alone decide on."""
        return self._run(x, mask, _whole(x), _as_it_is)

    def _run(self, x: Tensor, mask: Tensor, box: LevelRegion, keep: MaskPolicy) -> Tensor:
        """Return what the network predicts in a box."""
        with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
            mask = mask.float()
            x = torch.where(mask > 0, x.float(), 0.0)
            if self.spec.base == "none":
                values = to_values(self.spec.values, x, mask)
                return from_values(self.spec.values, self._predict(values, mask, box, keep))
            base = self._fill_base(x, mask)
            correction = self._predict(detail_above(base, x, mask), mask, box, keep) / DETAIL_GAIN
            rough = roughness(base, mask, self._fine_detail, self._fill_base)
            # The blocks of the smooth surface lie where those of the whole image do; no hole is outside of the box.
            height, width = mask.shape[-2:]
            around = box.left, width - box.right, box.top, height - box.bottom
            return base[box.of] + untinted(F.pad(correction, around), (1 - mask) * rough)[box.of]

    def _predict(self, x: Tensor, mask: Tensor, box: LevelRegion, keep: MaskPolicy) -> Tensor:
        """The U-Net itself in a box, ``(N, 3, h, w)`` in float32."""
        multiple = self.spec.size_multiple
        beyond = (0, -x.shape[-1] % multiple, 0, -x.shape[-2] % multiple)
        values = F.pad(x, beyond).to(self.dtype).contiguous(memory_format=torch.channels_last)
        valid = keep(F.pad(mask, beyond))
        skips = []
        for down in self._encoder:
            stop_if_dropped()  # a large window takes most of a minute on a processor
            skips.append((values, valid))
            values, valid = down(values, valid, keep)
        sizes = [skip.shape[-2:] for skip, _ in skips] + [values.shape[-2:]]
        boxes = decoder_boxes(box, sizes)
        values = cut(values, boxes[0])
        for up, skip, (low, here) in zip(self._decoder, reversed(skips), pairwise(boxes), strict=True):
            stop_if_dropped()
            values, valid = up((values, valid), skip, low, here, keep)
        if self._head is not None:
            values = torch.sigmoid(self._head(values))
        return values[box.within(boxes[-1]).of]


def _holes_or_none(valid: Tensor) -> Tensor | None:
    return None if bool(valid.all()) else valid


def _as_it_is(valid: Tensor) -> Tensor:
    return valid


def _whole(x: Tensor) -> LevelRegion:
    return LevelRegion(0, x.shape[-2], 0, x.shape[-1])
