#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: squares of 0 to 7 in a row, and a lone light pixel, resized with one attribute each.
# Expected: each attribute does what ONNX's Resize says of it.
# Happens: no attribute but `mode` and most coordinate modes is read: a line vanishes as the image is made smaller, cubic curves and their
# border are others, half_pixel_symmetric goes by "asymmetric", which moves the image, and ceil rounds to the nearest pixel instead.
# Output seen on 2026-12-01:
#   antialias: [0.0, 0.0], by onnxruntime [7.5, 12.5]
#   cubic_coeff_a: [0.5, 0.1, 0.5, 1.6, 2.8, 5.2], by onnxruntime [-0.1, 0.1, 0.6, 1.6, 3.1, 5.1]
#   exclude_outside: [0.5, 0.1, 0.5, 1.6, 2.8, 5.2], by onnxruntime [-0.1, 0.1, 0.4, 1.6, 2.8, 5.2]
#   half_pixel_symmetric: [0.0, 0.5, 1.0, 2.5, 4.0, 6.5], by onnxruntime [0.0, 0.2, 0.8, 1.8, 3.2, 5.2]
#   ceil: [0.0, 1.0, 1.0, 4.0, 9.0, 9.0], by onnxruntime [0.0, 1.0, 4.0, 4.0, 9.0, 16.0]
#   floor: [0.0, 0.0, 1.0, 4.0, 4.0, 9.0], by onnxruntime [0.0, 0.0, 1.0, 4.0, 4.0, 9.0]
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


squares, line = np.arange(8, dtype=np.float32).reshape(1, 1, 1, 8) ** 2, np.zeros((1, 1, 1, 8), np.float32)
line[..., 4] = 80
for title, image, scale, attributes in (
    ("antialias", line, 0.25, {"mode": "linear", "antialias": 1}),
    ("cubic_coeff_a", squares, 2, {"mode": "cubic", "cubic_coeff_a": -0.5}),
    ("exclude_outside", squares, 2, {"mode": "cubic", "exclude_outside": 1}),
    ("half_pixel_symmetric", squares, 2, {"mode": "linear", "coordinate_transformation_mode": "half_pixel_symmetric"}),
    ("ceil", squares, 1.5, {"mode": "nearest", "nearest_mode": "ceil", "coordinate_transformation_mode": "asymmetric"}),
    ("floor", squares, 1.5, {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}),
):
    seen, wanted = by_both(19, "Resize", image, None, np.array([1, 1, 1, scale], np.float32), **attributes)
    first, compared = (one.astype(float).ravel()[:6].round(1).tolist() for one in (seen, wanted))
    print(f"{title}: {first}, by onnxruntime {compared}", file=out)
    assert seen.shape == wanted.shape and np.allclose(seen, wanted, atol=0.02) == (title == "floor"), "the behaviour has changed"
PY
