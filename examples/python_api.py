"""The public API on one image in memory: draw a mask, damage the image, fill the holes, measure the error.

python examples/python_api.py [METHOD ...]
"""

import sys

import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from pconv_cli import PconvError, draw_mask, inpaint

truth = data.astronaut()  # (H, W, 3) uint8
valid = draw_mask(
    "strokes", truth.shape[:2], np.random.default_rng(0), ratio=(0.1, 0.2)
)  # True = valid, as in the paper
hole = ~valid  # True = hole, as inpaint takes it, and as scikit-image and OpenCV do
damaged = np.where(hole[..., None], np.uint8(255), truth)

for method in sys.argv[1:] or ("pconv", "telea"):
    try:
        restored = inpaint(damaged, hole, method=method)
    except PconvError as error:
        sys.exit(f"error: {error}")
    assert restored.dtype == truth.dtype
    assert np.array_equal(restored[valid], truth[valid])  # undamaged pixels stay as they are
    psnr = peak_signal_noise_ratio(truth, restored)
    print(f"{method}: PSNR {psnr:.2f} dB with {hole.mean():.1%} of the image missing")
