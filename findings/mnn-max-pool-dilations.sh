#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: a ramp of 6 x 6 px through MaxPool of 2 x 2 with dilations of 2 and of 1.
# Expected: 4 x 4 px with dilations of 2, since the window spans 3 px.
# Happens: 5 x 5 px both times: dilations are not read, and no error is raised.
# Output seen on 2026-12-01:
#   dilations of 2: (5, 5) from 7, by onnxruntime (4, 4) from 14
#   dilations of 1: (5, 5) from 7, by onnxruntime (5, 5) from 7
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile MNN==3.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os

out = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # MNN prints its own lines

import _tools  # of MNN; its front end, mnnconvert, would install a package with the first pip on the path
import MNN.expr
import MNN.nn
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper


def by_both(opset: int, operator: str, image: np.ndarray, *constants: np.ndarray | None, **attributes) -> list[np.ndarray]:
    names = ["x"] + ["" if one is None else f"c{number}" for number, one in enumerate(constants)]
    node = helper.make_node(operator, names, ["y"], **attributes)
    values = [helper.make_tensor_value_info("x", 1, image.shape), helper.make_tensor_value_info("y", 1, None)]
    weights = [numpy_helper.from_array(one, f"c{number}") for number, one in enumerate(constants) if one is not None]
    graph = helper.make_graph([node], "g", values[:1], values[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.save(model, "a.onnx")
    _tools.mnnconvert(["", "-f", "ONNX", "--modelFile", "a.onnx", "--MNNModel", "a.mnn", "--bizCode", "a"])
    result = MNN.nn.load_module_from_file("a.mnn", ["x"], ["y"]).forward([MNN.expr.const(image, image.shape, MNN.expr.NCHW)])[0]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return [np.array(MNN.expr.convert(result, MNN.expr.NCHW).read()), session.run(None, {"x": image})[0]]


image = np.arange(36, dtype=np.float32).reshape(1, 1, 6, 6)
for step in (2, 1):
    seen, wanted = by_both(12, "MaxPool", image, kernel_shape=[2, 2], dilations=[step, step], strides=[1, 1])
    print(f"dilations of {step}: {seen.shape[2:]} from {seen.min():.0f}, by onnxruntime {wanted.shape[2:]} from {wanted.min():.0f}", file=out)
    assert seen.shape[2:] == (5, 5) and (wanted.shape == seen.shape) == (step == 1), "the behaviour has changed"
PY
