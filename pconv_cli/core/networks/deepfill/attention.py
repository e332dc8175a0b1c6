"""Contextual attention: features of a hole are put together from patches of the features around it.

Every 4 x 4 patch of the features (stride 2) may be pasted. Which ones are, and with what share, is decided at half the
scale: each position looks at all others, by the cosine of its 3 x 3 neighbourhood with theirs (times its own length),
and neighbours are made to agree ("fuse"). A patch whose neighbourhood touches the hole is forbidden.

Two properties of the original are easily lost, and change what trained weights compute:

* halving takes index ``round(i (n - 1) / (n / 2 - 1))``: even pixels in the first half of a side, odd ones in the
  second (TensorFlow's nearest neighbour with ``align_corners``);
* a forbidden patch has the score 0, not minus infinity. It takes a share of the softmax that is then thrown away, so
  the shares of the others sum to less than 1.

The original takes the hole of a batch's first image for all of its images, since its training has one hole a batch.
Here each image has its own: images of a batch must not depend on one another. Of one image a batch, and of one hole a
batch, the two are equal.

References:
    Yu et al., "Generative image inpainting with contextual attention", CVPR 2018, section 4.1.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

# Of the softmax.
SCALE = 10.0

# Shares under this are 0: among numbers that float32 can hardly hold (denormal ones) a processor is 20 times as slow.
_NOTHING = 1e-30

# The least length that a patch is divided by.
_LEAST = 1e-4

# Scores that are held at once, over all images of a batch; 64 MiB of them, of which some four copies live at a time.
# A window of 512 px has as many.
SCORES = 2**24


def nearest_aligned(x: Tensor, height: int, width: int) -> Tensor:
    """Reduce ``(N, C, H, W)`` by nearest neighbour, corners to corners; see the module's first lines.

    Example:
        >>> nearest_aligned(torch.arange(8.0).view(1, 1, 1, 8), 1, 4).flatten().tolist()
        [0.0, 2.0, 5.0, 7.0]
    """
    rows, columns = (_aligned(n, count, x.device) for n, count in zip(x.shape[-2:], (height, width), strict=True))
    return x.index_select(-2, rows).index_select(-1, columns)


def _aligned(n: int, count: int, device: torch.device) -> Tensor:
    """Give the indices of ``count`` values of ``n``, in float32 as the original does, which rounds halves up."""
    scale = (n - 1) / (count - 1) if count > 1 else 0.0
    return (torch.arange(count, dtype=torch.float32, device=device) * scale + 0.5).floor().long()


@torch.compiler.disable  # type: ignore[untyped-decorator]
def contextual_attention(features: Tensor, hole: Tensor, *, fuse: bool = True, scores: int | None = None) -> Tensor:
    """Put the features together from their own patches outside the hole.

    Time grows with the square of the area. Memory does not: a few rows of positions look at all others at a time.
    torch.compile leaves it as it is: of sizes that are not known yet it would compute for minutes.

    Args:
        features: ``(N, C, H, W)``, sides of even length.
        hole: ``(N, 1, h, w)`` of ones (hole) and zeros (valid), at the features' scale or the image's.
        fuse: Whether neighbours are made to agree.
        scores: How many scores are held at once; None: `SCORES`.

    Returns:
        ``(N, C, H, W)`` in float32, or in float64 if the features are.
    """
    count, height, width = len(features), *features.shape[-2:]
    rows, columns = height // 2, width // 2
    with torch.autocast(features.device.type, enabled=False):
        features = features.to(torch.promote_types(features.dtype, torch.float32))
        small = F.unfold(nearest_aligned(features, rows, columns), 3, padding=1)  # (N, 9 C, L)
        keys = small / small.square().sum(1, keepdim=True).sqrt().clamp_min(_LEAST)
        hole = nearest_aligned(nearest_aligned(hole, height, width), rows, columns)
        allowed = F.unfold(hole.to(small), 3, padding=1)
        allowed = (allowed.sum(1, keepdim=True) == 0).to(small)  # (N, 1, L)
        patches = F.unfold(features, 4, padding=1, stride=2)  # (N, 16 C, L)
        budget = SCORES if scores is None else scores
        some = max(1, min(rows, budget // (count * columns * rows * columns)))
        parts = []
        for first in range(0, rows, some):
            end = min(first + some, rows)
            if fuse:
                found = _fused(small.mT, keys, first, end, rows, columns)
            else:
                found = small[..., first * columns : end * columns].mT @ keys
            shares = (found * allowed * SCALE).softmax(-1) * allowed  # (N, positions, L)
            shares = F.threshold(shares, _NOTHING, 0.0)
            parts.append(patches @ shares.mT)
        return F.fold(torch.cat(parts, -1), (height, width), 4, padding=1, stride=2) / 4


def _fused(queries: Tensor, keys: Tensor, first: int, end: int, rows: int, columns: int) -> Tensor:
    """Give the fused scores of some rows of positions.

    Let s(p, q) be the score of position p for patch q. Both are numbered along rows and then along columns, and each
    time s(p, q) becomes s(p - 1, q - 1) + s(p, q) + s(p + 1, q + 1); past the end of a row (column) that is the start
    of the next one, and past the last of all there is nothing.

    Args:
        queries: ``(N, L, 9 C)``, L = ``rows * columns`` positions along rows.
        keys: ``(N, 9 C, L)``.
        first: The first row of positions that is wanted.
        end: The row after the last one.
        rows: Rows of the features at half their scale.
        columns: Likewise.

    Returns:
        ``(N, (end - first) * columns, L)``.
    """
    total = rows * columns
    # Up and down a column, the neighbours are in the rows before and after: around the edge, since a column's end is
    # next to another one's start. Along a row, they are one position further on either side.
    place = torch.arange((first - 1) * columns - 1, (end + 1) * columns + 1, device=queries.device) % total
    scores = queries.index_select(1, place) @ keys
    along = scores[:, 1:-1].clone()
    starts, ends = (place[1:-1] == edge for edge in (0, total - 1))
    along[..., 1:] += scores[:, :-2, :-1].masked_fill(starts[:, None], 0)
    along[..., :-1] += scores[:, 2:, 1:].masked_fill(ends[:, None], 0)

    fused = along[:, columns:-columns].clone()
    inner = total - columns  # patches with another one of their column below them, and of those above them
    above, below = along[:, : -2 * columns], along[:, 2 * columns :]
    # Within a column, and from a column's end on to the next one's start: positions, and patches likewise.
    main = (min(end, rows - 1) - first) * columns
    for here, there in ((slice(main), slice(main)), (slice(main, -1), slice(main + 1, None))):
        fused[:, here, :inner] += below[:, there, columns:]
        fused[:, here, inner:-1] += below[:, there, 1:columns]
    edge = 0 if first else columns
    for here, there in ((slice(edge, None), slice(edge, None)), (slice(1, edge), slice(max(edge - 1, 0)))):
        fused[:, here, columns:] += above[:, there, :inner]
        fused[:, here, 1:columns] += above[:, there, inner:-1]
    return fused
