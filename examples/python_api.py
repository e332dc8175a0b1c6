"""The public API on one picture in memory: draw a mask, fill the holes, measure the error.

python examples/python_api.py [METHOD ...]
"""

import sys

import numpy as np
from skimage import data

from pconv_cli import Method, draw_mask, make_backend

truth = data.astronaut().astype(np.float32) / 255  # (H, W, 3) RGB in [0, 1]
mask = draw_mask("strokes", truth.shape[:2], np.random.default_rng(0), ratio=(0.1, 0.2))  # True = valid, False = hole
damaged = np.where(mask[..., None], truth, np.float32(0.5))

for name in sys.argv[1:] or ("pconv", "telea"):
    if name not in list(Method):
        sys.exit(f"error: {name}: no such method; one of {', '.join(Method)}")
    filled = make_backend(Method(name)).fill(damaged, mask)
    assert np.array_equal(filled[mask], truth[mask])  # undamaged pixels stay as they are
    error = np.mean((filled - truth) ** 2)
    print(f"{name}: PSNR {-10 * np.log10(error):.2f} dB with {1 - mask.mean():.1%} of the picture missing")
