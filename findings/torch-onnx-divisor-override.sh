#!/usr/bin/env bash
# torch 2.13.0 (torch.onnx.export) with onnxscript 0.7.2; onnxruntime 1.32.0
# Input: a network that counts the valid pixels of a mask in each 3 x 3 window, avg_pool2d with divisor_override=1, as layers that
# renormalise by valid pixels do; exported and run.
# Expected: the counts that torch gives, or an error at the export.
# Happens: divisor_override is dropped without a word: the exported network gives the mean, a ninth of the count. What is divided
# by it, or compared with 0.5, is wrong by that factor.
# Output seen on 2026-11-30:
#   torch, row 1: [6.0, 8.0, 7.0, 6.0, 7.0, 8.0, 6.0]
#   exported, row 1: [0.667, 0.889, 0.778, 0.667, 0.778, 0.889, 0.667]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 onnxscript==0.7.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
import torch
from torch.nn.functional import avg_pool2d


class Count(torch.nn.Module):
    def forward(self, mask: torch.Tensor) -> torch.Tensor:
        return avg_pool2d(mask, 3, stride=1, padding=1, divisor_override=1)


mask = torch.ones(1, 1, 6, 7)
mask[..., 2:4, 2:5] = 0
by_torch = Count()(mask).numpy()
torch.onnx.export(Count(), (mask,), "count.onnx", dynamo=True, verbose=False)
session = onnxruntime.InferenceSession("count.onnx", providers=["CPUExecutionProvider"])
by_runtime = session.run(None, {session.get_inputs()[0].name: mask.numpy()})[0]
print("torch, row 1:", by_torch[0, 0, 1].tolist())
print("exported, row 1:", [round(float(one), 3) for one in by_runtime[0, 0, 1]])
assert np.allclose(by_runtime * 9, by_torch), "the behaviour has changed"
PY
