#!/usr/bin/env bash
# onnx2torch 1.5.15 with torch 2.13.0; onnxruntime 1.32.0 for comparison
# Input: a model of one BatchNormalization in inference form (mean 5, variance 4), converted and run on an image twice.
# Expected: what onnxruntime gives, both times; the documentation compares the two without any further step.
# Happens: the converted network is in training mode: it goes by the mean and variance of the image, and each run moves the
# stored ones towards them. A later eval() no longer restores the network that was exported.
# Output seen on 2026-11-30:
#   onnxruntime: standard deviation 0.476
#   converted: standard deviation 1.000
#   converted, again: standard deviation 1.000
#   after eval(): standard deviation 0.515
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnx2torch==1.5.15 torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from unittest.mock import MagicMock

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

sys.modules["torchvision"] = sys.modules["torchvision.ops"] = MagicMock()  # for detection networks, not used here
from onnx2torch import convert

image = np.random.default_rng(0).normal(5, 1, (1, 2, 8, 8)).astype(np.float32)
values = {"scale": 1, "bias": 0, "mean": 5, "variance": 4}
constants = [numpy_helper.from_array(np.full(2, value, np.float32), name) for name, value in values.items()]
ends = [helper.make_tensor_value_info(*one) for one in (("x", TensorProto.FLOAT, image.shape), ("y", 1, None))]
graph = helper.make_graph(
    [helper.make_node("BatchNormalization", ["x", *values], ["y"])], "one", ends[:1], ends[1:], constants
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
wanted = session.run(None, {"x": image})[0]
network = convert(model)
print(f"onnxruntime: standard deviation {wanted.std():.3f}")
for name in ("converted", "converted, again", "after eval()"):
    if name == "after eval()":
        network.eval()
    with torch.no_grad():
        given = network(torch.from_numpy(image)).numpy()
    print(f"{name}: standard deviation {given.std():.3f}")
    assert np.abs(given - wanted).max() > 0.1, "the behaviour has changed"
PY
