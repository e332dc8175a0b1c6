#!/usr/bin/env bash
# spectral 0.24 (spectral_angles, noise_from_diffs)
# Input: cubes of noise of 5 bands, of 8, 12 and 16 bits, against one spectrum; as whole numbers and as floats.
# Expected: the same angles and the same variance, whatever type holds the values. Cameras and ENVI files give whole numbers.
# Happens: squares and differences are taken in the type of the cube and wrap around. Lengths come out too small, and every angle is
# 0, as if all spectra were equal; the variance of noise is wrong by far. principal_components and rx are right.
# Output seen on 2026-11-30:
#   uint8 up to 255: mean 0.0 degrees, 100% are 0; of floats 35.9, 0%
#   uint16 up to 4095: mean 0.0 degrees, 100% are 0; of floats 35.6, 0%
#   uint16 up to 65535: mean 0.0 degrees, 100% are 0; of floats 35.4, 0%
#   noise as uint16: variance 535065088, of the values themselves 3169
#   noise as int32: variance 3193, of the values themselves 3169
#   noise as float64: variance 3193, of the values themselves 3169
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile spectral==0.24 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import spectral

generator = np.random.default_rng(0)
for kind, white in ((np.uint8, 255), (np.uint16, 4095), (np.uint16, 65535)):
    cube = generator.integers(0, white + 1, (40, 40, 5)).astype(kind)
    spectrum = np.array([[0.1, 0.2, 0.3, 0.4, 0.5]])
    angles = np.degrees(spectral.spectral_angles(cube, spectrum))
    of_floats = np.degrees(spectral.spectral_angles(cube.astype(float), spectrum))
    print(f"{np.dtype(kind)} up to {white}: mean {angles.mean():.1f} degrees, {(angles == 0).mean():.0%} are 0; of floats {of_floats.mean():.1f}, {(of_floats == 0).mean():.0%}")
    assert np.abs(angles - of_floats).mean() > 5, "the behaviour has changed"
noise = generator.integers(1000, 1200, (40, 40, 2))
for kind in (np.uint16, np.int32, float):
    variance = spectral.noise_from_diffs(noise.astype(kind)).cov[0, 0]
    print(f"noise as {np.dtype(kind)}: variance {variance:.0f}, of the values themselves {noise[..., 0].var():.0f}")
    assert (variance > 1e6) == (kind == np.uint16), "the behaviour has changed"
PY
