#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: an image of ones, to whose first row 5 is added, multiplied or written by ScatterElements.
# Expected: 6 with "add", 5 with "mul" on ones, and 5 with "none".
# Happens: 5 each time: the values are written, as with "none". On an image of 2 "mul" gives 5 instead of 10.
# Output seen on 2026-12-01:
#   none on 1: [5, 5, 5], by onnxruntime [5, 5, 5]
#   add on 1: [5, 5, 5], by onnxruntime [6, 6, 6]
#   mul on 1: [5, 5, 5], by onnxruntime [5, 5, 5]
#   none on 2: [5, 5, 5], by onnxruntime [5, 5, 5]
#   add on 2: [5, 5, 5], by onnxruntime [7, 7, 7]
#   mul on 2: [5, 5, 5], by onnxruntime [10, 10, 10]
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


rows, values = np.zeros((1, 1, 1, 3), np.int64), np.full((1, 1, 1, 3), 5, np.float32)
for ground in (1, 2):
    for reduction in ("none", "add", "mul"):
        image = np.full((1, 1, 2, 3), ground, np.float32)
        seen, wanted = (one[0, 0, 0].astype(int).tolist() for one in by_both(18, "ScatterElements", image, rows, values, axis=2, reduction=reduction))
        print(f"{reduction} on {ground}: {seen}, by onnxruntime {wanted}", file=out)
        assert seen == [5] * 3 and wanted == [{"none": 5, "add": 5 + ground, "mul": 5 * ground}[reduction]] * 3, "the behaviour has changed"
PY
