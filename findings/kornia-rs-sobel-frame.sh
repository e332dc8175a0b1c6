#!/usr/bin/env bash
# kornia-rs 0.2.0 (imgproc.sobel; box_blur, gaussian_blur, pyrdown and dilate beside it)
# Input: a flat image of 0.5, or of 200 as bytes.
# Expected: no gradient anywhere, as the library's other filters repeat or mirror what is at the border.
# Happens: sobel takes 0 for what lies beyond the border: a flat image has a frame of 2, four times its value, round a gradient of 0, so that the
# edge of the sheet is the strongest edge of every scan. The blurs, the pyramid and the dilation leave the flat image as it is.
# Output seen on 2026-12-01:
#   box_blur: [200]
#   gaussian_blur: [200]
#   pyrdown: [200]
#   dilate: [200]
#   sobel: 0.00 inside, 2.00 at the edge, 2.12 in the corner
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile kornia-rs==0.2.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from kornia_rs import imgproc

flat, white = np.full((20, 24, 1), 0.5, np.float32), np.full((20, 24, 3), 200, np.uint8)
others = {
    "box_blur": imgproc.box_blur(white, (5, 5)),
    "gaussian_blur": imgproc.gaussian_blur(white, (5, 5), (1.5, 1.5)),
    "pyrdown": imgproc.pyrdown(white),
    "dilate": imgproc.dilate(white, "box", (5, 5)),
}
for name, result in others.items():
    print(f"{name}: {np.unique(np.asarray(result)).tolist()}")
    assert np.unique(np.asarray(result)).tolist() == [200], "the behaviour has changed"
gradient = np.asarray(imgproc.sobel(flat, 3))[..., 0]
print(f"sobel: {gradient[10, 12]:.2f} inside, {gradient[0, 12]:.2f} at the edge, {gradient[0, 0]:.2f} in the corner")
assert not gradient[1:-1, 1:-1].any() and abs(gradient[0, 12] - 2) < 1e-5, "the behaviour has changed"
PY
