#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: 2 channels of 2 x 2 px through a LogSoftmax with axis 1, and a Softmax with its default axis, in opset 11.
# Expected: until opset 12, ONNX flattens the input to two axes: everything from the given axis on, by default from the second, sums to 1.
# Happens: LogSoftmax goes over the channels alone, and Softmax without an axis over the last one, both as in opset 13. With axis 1
# Softmax is right.
# Output seen on 2026-12-01:
#   LogSoftmax, axis 1: shares sum to 4.00, by onnxruntime to 1.00
#   Softmax, default axis: shares sum to 4.00, by onnxruntime to 1.00
#   Softmax, axis 1: shares sum to 1.00, by onnxruntime to 1.00
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


image = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2) / 10
for title, operator, attributes in (
    ("LogSoftmax, axis 1", "LogSoftmax", {"axis": 1}),
    ("Softmax, default axis", "Softmax", {}),
    ("Softmax, axis 1", "Softmax", {"axis": 1}),
):
    seen, wanted = (np.exp(one) if operator == "LogSoftmax" else one for one in by_both(11, operator, image, **attributes))
    print(f"{title}: shares sum to {seen.sum():.2f}, by onnxruntime to {wanted.sum():.2f}", file=out)
    assert abs(wanted.sum() - 1) < 0.01 and abs(seen.sum() - (1 if title == "Softmax, axis 1" else 4)) < 0.01, "the behaviour has changed"
PY
