"""Two mistakes that make figures of inpainting incomparable, beside the right figures, on a sample image.

    python examples/wrong_figures.py

A hole is filled with one grey, so that the right figures are known to be poor.
"""

import numpy as np

from pconv_cli import draw_mask
from pconv_cli.evaluation.metrics.differences import mse, psnr
from pconv_cli.files.samples import sample_images

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # ImageNet's


def wrapped_mse(result: np.ndarray, truth: np.ndarray) -> float:
    """The mistake: uint8 differences and their squares are taken modulo 256."""
    return float(((result - truth) ** 2).mean())


def normalised_psnr(result: np.ndarray, truth: np.ndarray) -> float:
    """The mistake: values are normalised for a network, and the peak is taken to be 1 all the same."""
    a, b = ((image / 255 - MEAN) / DEVIATION for image in (result, truth))
    return float(10 * np.log10(1 / ((a - b) ** 2).mean()))


def main() -> None:
    """Damage, fill, and print the figures."""
    truth = sample_images()["coffee"]
    mask = draw_mask("randomwalk", truth.shape[:2], np.random.default_rng(0), ratio=(0.2, 0.3))
    print("                  MSE as made   MSE right  PSNR as made   PSNR right")
    for grey in (64, 128, 192):
        result = np.where(mask[..., None], truth, np.uint8(grey))
        right = mse(result, truth, mask).whole * 255**2, psnr(result, truth, mask).whole
        wrong = wrapped_mse(result, truth), normalised_psnr(result, truth)
        print(f"filled with {grey:3}   {wrong[0]:11.1f} {right[0]:11.1f}  {wrong[1]:9.2f} dB {right[1]:9.2f} dB")


if __name__ == "__main__":
    main()
