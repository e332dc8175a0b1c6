#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: a light pixel in a row of 6 px, through a convolution that adds two neighbours and through a transposed convolution that
# doubles the row, with auto_pad SAME_UPPER and SAME_LOWER.
# Expected: SAME_LOWER pads its odd pixel at the beginning, SAME_UPPER at the end, as ONNX says.
# Happens: SAME_LOWER gives the result of SAME_UPPER, and so the image is moved by a pixel.
# Output seen on 2026-12-01:
#   convolution: [0, 9, 9, 0, 0, 0], by onnxruntime [0, 0, 9, 9, 0, 0]
#   transposed: [0, 0, 0, 0, 9, 18, 27, 0, 0, 0, 0, 0], by onnxruntime [0, 0, 0, 9, 18, 27, 0, 0, 0, 0, 0, 0]
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


image = np.array([[[[0, 0, 9, 0, 0, 0]]]], np.float32)
pair, three = np.ones((1, 1, 1, 2), np.float32), np.array([[[[1, 2, 3]]]], np.float32)
for title, operator, weights, attributes in (
    ("convolution", "Conv", [pair], {"auto_pad": "SAME_LOWER"}),
    ("transposed", "ConvTranspose", [three], {"strides": [1, 2], "auto_pad": "SAME_LOWER"}),
):
    seen, wanted = by_both(11, operator, image, *weights, **attributes)
    print(f"{title}: {seen.ravel().astype(int).tolist()}, by onnxruntime {wanted.ravel().astype(int).tolist()}", file=out)
    assert seen.shape == wanted.shape and not np.allclose(seen, wanted), "the behaviour has changed"
    upper = by_both(11, operator, image, *weights, **{**attributes, "auto_pad": "SAME_UPPER"})
    assert np.allclose(upper[0], upper[1]) and np.allclose(upper[0], seen), "the behaviour has changed"
PY
