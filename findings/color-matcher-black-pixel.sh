#!/usr/bin/env bash
# color-matcher 0.6.0 (ColorMatcher by reinhard; mkl, mvgd and hm for comparison)
# Input: a colour image takes the colours of another one; then the same with a single black pixel in the source, and in the reference.
# Expected: nearly the same result.
# Happens: by "reinhard" every pixel of the result is nan: the logarithm of 0 spoils the mean, and by it the whole image. Nothing but a warning of
# NumPy says so; saved as bytes, the image is black. The other methods hardly change.
# Output seen on 2026-12-01:
#   reinhard: mean 118.0; nan with a black pixel in the source: 3072 of 3072 pixels, in the reference: 3072
#   mkl: mean 117.5; nan with a black pixel in the source: 0 of 3072 pixels, in the reference: 0
#   mvgd: mean 117.5; nan with a black pixel in the source: 0 of 3072 pixels, in the reference: 0
#   hm: mean 116.9; nan with a black pixel in the source: 0 of 3072 pixels, in the reference: 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile color-matcher==0.6.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from color_matcher import ColorMatcher

y, x = np.mgrid[:48, :64] / 48
waves = [np.sin(level * x + upright * y) for level, upright in ((5, 3), (4, 9), (8, 2), (3, 7))]
source = (np.array([130, 120, 100]) + 40 * waves[0][..., None] + 12 * np.stack(waves[1:], 2)).round().astype(np.uint8)
reference = (np.array([100, 115, 140]) + 30 * waves[1][..., None] - 12 * np.stack(waves[1:], 2)).round().astype(np.uint8)


def with_speck(image: np.ndarray) -> np.ndarray:
    image = image.copy()
    image[20, 30] = 0
    return image


def missing(image: np.ndarray) -> int:
    return int(np.isnan(image.astype(float)).any(2).sum())


for method in ("reinhard", "mkl", "mvgd", "hm"):
    plain = ColorMatcher(src=source, ref=reference, method=method).main()
    of_source = missing(ColorMatcher(src=with_speck(source), ref=reference, method=method).main())
    of_reference = missing(ColorMatcher(src=source, ref=with_speck(reference), method=method).main())
    print(f"{method}: mean {plain.mean():.1f}; nan with a black pixel in the source: {of_source} of 3072 pixels, in the reference: {of_reference}")
    wanted = 3072 if method == "reinhard" else 0
    assert missing(plain) == 0 and of_source == of_reference == wanted, "the behaviour has changed"
PY
