#!/usr/bin/env bash
# safetensors 0.8.0 (safetensors.numpy)
# Input: a transposed array, as a conversion of weights from HWIO to OIHW makes them.
# Expected: the values back in place, or an error, as safetensors.torch raises for tensors that are not contiguous.
# Happens: the bytes of the array before its transposition are stored under the shape after it, and nothing is said. The
# docstring asks for contiguous arrays, yet nothing checks it. np.ascontiguousarray avoids it.
# Output seen on 2026-11-29:
#   shape kept: True
#   share of values in place, transposed view: 0.017
#   share of values in place, contiguous copy: 1.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile safetensors==0.8.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from safetensors.numpy import load, save

kernel = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
turned = kernel.transpose(3, 2, 0, 1)
stored = load(save({"kernel": turned}))["kernel"]
copied = load(save({"kernel": np.ascontiguousarray(turned)}))["kernel"]
print("shape kept:", stored.shape == turned.shape)
print("share of values in place, transposed view:", round(float((stored == turned).mean()), 3))
print("share of values in place, contiguous copy:", round(float((copied == turned).mean()), 3))
assert stored.shape == turned.shape and not np.array_equal(stored, turned), "the behaviour has changed"
assert np.array_equal(stored.ravel(), kernel.ravel()), "the behaviour has changed"
assert np.array_equal(copied, turned), "the behaviour has changed"
PY
