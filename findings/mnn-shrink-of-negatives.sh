#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: coefficients of -2 to 2 through Shrink with a threshold of 0.8 and a bias of 0.5.
# Expected: small ones become 0, large ones come 0.5 nearer to 0, of both signs.
# Happens: the positive ones do, and the negative ones are all 0.
# Output seen on 2026-12-01:
#   [0.0, 0.0, 0.0, 0.0, 0.5, 1.5], by onnxruntime [-1.5, -0.5, 0.0, 0.0, 0.5, 1.5]
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


image = np.array([[[[-2, -1, -0.5, 0.5, 1, 2]]]], np.float32)
seen, wanted = (one.ravel().tolist() for one in by_both(9, "Shrink", image, bias=0.5, lambd=0.8))
print(f"{seen}, by onnxruntime {wanted}", file=out)
assert seen == [0, 0, 0, 0, 0.5, 1.5] and wanted == [-1.5, -0.5, 0, 0, 0.5, 1.5], "the behaviour has changed"
PY
