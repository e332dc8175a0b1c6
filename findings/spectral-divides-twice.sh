#!/usr/bin/env bash
# spectral 0.24 (envi.open, load, envi.save_image)
# Input: an ENVI cube of uint16 with "reflectance scale factor = 1000", loaded, and saved with the metadata of its file.
# Expected: the same reflectances from the second file.
# Happens: they are 1,000 times smaller. load() divides by the factor, and the metadata still say that it is to be divided. Passing
# the metadata on is how the wavelengths are kept; the factor has to be taken out of them, or open_memmap() used, which does not divide.
# Output seen on 2026-11-30:
#   stored: [850, 637, 511, 270]
#   first file, loaded: [0.8500000238418579, 0.6370000243186951, 0.5109999775886536, 0.27000001072883606] memory map: [850, 637, 511, 270]
#   second file, loaded: [0.0008500000112690032, 0.0006370000191964209, 0.0005109999910928309, 0.00027000001864507794] wavelengths: ['450', '550', '650', '750']
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile spectral==0.24 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from spectral.io import envi

counts = np.random.default_rng(0).integers(1, 1000, (6, 7, 4)).astype(np.uint16)
metadata = {"reflectance scale factor": 1000, "wavelength": [450, 550, 650, 750]}
envi.save_image("first.hdr", counts, metadata=metadata)
first = envi.open("first.hdr")
envi.save_image("second.hdr", first.load(), metadata=first.metadata)
second = envi.open("second.hdr")
print("stored:", counts[0, 0].tolist())
print("first file, loaded:", first.load()[0, 0].tolist(), "memory map:", first.open_memmap()[0, 0].tolist())
print("second file, loaded:", second.load()[0, 0].tolist(), "wavelengths:", second.metadata["wavelength"])
assert np.allclose(first.load(), counts / 1000), "the behaviour has changed"
assert np.allclose(second.load() * 1000, first.load()), "the behaviour has changed"
PY
