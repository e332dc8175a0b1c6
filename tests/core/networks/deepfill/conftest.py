"""DeepFill v1 and v2 in plain NumPy, written from their papers' released graphs; one image ``(C, H, W)`` in float64."""

import sys

import numpy as np
import pytest


@pytest.fixture(scope="session")
def oracle():
    """The functions below."""
    return sys.modules[__name__]


def padded_same(x, kernel, stride, dilation=1):
    """Pad as TensorFlow's SAME does."""
    around = []
    for side in x.shape[1:]:
        outputs = int(np.ceil(side / stride))
        total = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - side, 0)
        around.append((total // 2, total - total // 2))
    return np.pad(x, ((0, 0), *around))


def conv(x, weight, bias, stride=1, dilation=1):
    """Convolve with SAME padding, tap by tap."""
    height, width = (int(np.ceil(side / stride)) for side in x.shape[1:])
    kernel = weight.shape[-1]
    x = padded_same(x, kernel, stride, dilation)
    y = np.zeros((len(weight), height, width)) + bias[:, None, None]
    for i in range(kernel):
        for j in range(kernel):
            top, left = i * dilation, j * dilation
            seen = x[:, top : top + (height - 1) * stride + 1 : stride, left : left + (width - 1) * stride + 1 : stride]
            y += np.einsum("oc,chw->ohw", weight[:, :, i, j], seen)
    return y


def aligned(x, height, width):
    """Reduce by nearest neighbour, corners on corners, halves rounded up."""

    def index(n, m):
        return [int(np.floor(i * (n - 1) / (m - 1) + 0.5)) if m > 1 else 0 for i in range(m)]

    return x[:, index(x.shape[1], height)][:, :, index(x.shape[2], width)]


def patches(x, kernel, stride):
    """Cut patches with SAME padding: ``(rows, columns, C, kernel, kernel)``."""
    rows, columns = x.shape[1] // stride, x.shape[2] // stride
    x = padded_same(x, kernel, stride)
    cut = [
        [x[:, i * stride : i * stride + kernel, j * stride : j * stride + kernel] for j in range(columns)]
        for i in range(rows)
    ]
    return np.array(cut)


def diagonal(s):
    """Filter a square matrix by a 3 x 3 identity with zeros around it."""
    padded = np.pad(s, 1)
    return s + padded[:-2, :-2] + padded[2:, 2:]


def attention(features, hole, fuse=True):
    """Contextual attention; the hole is 1, at the features' scale."""
    channels, height, width = features.shape
    rows, columns = height // 2, width // 2
    total = rows * columns
    small = aligned(features, rows, columns)
    cut = patches(small, 3, 1).reshape(total, -1)
    keys = cut / np.maximum(np.sqrt((cut**2).sum(1, keepdims=True)), 1e-4)
    scores = cut @ keys.T  # positions by patches
    if fuse:
        scores = diagonal(scores).reshape(rows, columns, rows, columns)
        scores = diagonal(scores.transpose(1, 0, 3, 2).reshape(total, total))
        scores = scores.reshape(columns, rows, columns, rows).transpose(1, 0, 3, 2).reshape(total, total)
    allowed = (patches(aligned(hole, rows, columns), 3, 1).reshape(total, -1).sum(1) == 0).astype(float)
    scores = 10 * scores * allowed
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares = shares / shares.sum(1, keepdims=True) * allowed
    pasted = (shares @ patches(features, 4, 2).reshape(total, -1)).reshape(rows, columns, channels, 4, 4)
    y = np.zeros((channels, height + 2, width + 2))
    for i in range(rows):
        for j in range(columns):
            y[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += pasted[i, j]
    return y[:, 1:-1, 1:-1] / 4


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def relu(x):
    return np.maximum(x, 0)


def forward(image, hole, layer, gated):
    """Fill an image.

    Args:
        image: ``(3, H, W)`` in -1 to 1; what stands in the hole is not looked at.
        hole: ``(1, H, W)``, 1 = hole.
        layer: Of a layer's name, kernel ``(O, I, k, k)`` and bias.
        gated: v2; else v1.

    Returns:
        The results of both stages.
    """

    def one(x, name, stride=1, dilation=1, activation=elu):
        y = conv(x, *layer(name), stride, dilation)
        if not gated:
            return activation(y)
        half = len(y) // 2
        return activation(y[:half]) / (1 + np.exp(-y[half:]))

    def doubled(x, name):
        return one(x.repeat(2, 1).repeat(2, 2), name)

    def encode(x, prefix, last=6):
        x = one(x, f"{prefix}1")
        x = one(x, f"{prefix}2_downsample", 2)
        x = one(x, f"{prefix}3")
        x = one(x, f"{prefix}4_downsample", 2)
        x = one(x, f"{prefix}5")
        return one(x, f"{prefix}6", activation=relu if prefix == "pmconv" else elu)

    def dilate(x, prefix):
        for number, dilation in ((7, 2), (8, 4), (9, 8), (10, 16)):
            x = one(x, f"{prefix}{number}_atrous", 1, dilation)
        return x

    def decode(x, prefix):
        x = one(one(x, f"{prefix}11"), f"{prefix}12")
        x = one(doubled(x, f"{prefix}13_upsample"), f"{prefix}14")
        x = one(doubled(x, f"{prefix}15_upsample"), f"{prefix}16")
        x = conv(x, *layer(f"{prefix}17"))
        return np.tanh(x) if gated else x.clip(-1, 1)

    image = image * (1 - hole)
    about = np.concatenate([np.ones_like(hole), hole])
    first = decode(dilate(encode(np.concatenate([image, about]), "conv"), "conv"), "conv")
    pasted = first * hole + image * (1 - hole)
    seen = pasted if gated else np.concatenate([pasted, about])
    features = encode(seen, "pmconv")
    attended = attention(features, aligned(hole, *features.shape[1:]))
    attended = one(one(attended, "pmconv9"), "pmconv10")
    return first, decode(np.concatenate([dilate(encode(seen, "xconv"), "xconv"), attended]), "allconv")
