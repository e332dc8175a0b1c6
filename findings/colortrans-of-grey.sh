#!/usr/bin/env bash
# colortrans 1.1.0 (transfer_lhm, transfer_pccm)
# Input: 20 pairs of smooth images as RGB, both in colour or one of them grey; the first takes the colours of the second.
# Expected: an image that is like the source, with the mean of the reference.
# Happens: with a grey image on either side most results are black all over: the spread of greys along two of the three axes is 0 or, by
# rounding, less, and what is not a number is cast to 0. Nothing but a warning of NumPy says so. "lhm" is the default of the command colortrans.
# Output seen on 2026-12-01:
#   lhm, colour to colour: 0 of 20 black
#   lhm, colour to grey: 18 of 20 black
#   lhm, grey to colour: 19 of 20 black
#   pccm, colour to colour: 0 of 20 black
#   pccm, colour to grey: 18 of 20 black
#   pccm, grey to colour: 19 of 20 black
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile colortrans==1.1.0 numpy==2.4.6 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import colortrans
import numpy as np

y, x = np.mgrid[:64, :64] / 64


def photograph(seed: int, grey: bool) -> np.ndarray:
    rng = np.random.default_rng(seed)
    waves = [np.sin(rng.uniform(3, 12) * x + rng.uniform(3, 12) * y + rng.uniform(0, 6)) for _ in range(4)]
    colours = np.array([130, 120, 100]) + 40 * waves[0][..., None] + 12 * np.stack(waves[1:], 2)
    return (colours[..., :1].repeat(3, 2) if grey else colours).clip(0, 255).round().astype(np.uint8)


for method in ("lhm", "pccm"):
    transfer = getattr(colortrans, f"transfer_{method}")
    for source_is_grey, reference_is_grey in ((False, False), (False, True), (True, False)):
        lost = 0
        for seed in range(20):
            try:
                lost += transfer(photograph(seed, source_is_grey), photograph(seed + 100, reference_is_grey)).max() == 0
            except np.linalg.LinAlgError:  # seldom
                continue
        name = f"{'grey' if source_is_grey else 'colour'} to {'grey' if reference_is_grey else 'colour'}"
        print(f"{method}, {name}: {lost} of 20 black")
        assert (lost > 8) if source_is_grey or reference_is_grey else lost == 0, "the behaviour has changed"
PY
