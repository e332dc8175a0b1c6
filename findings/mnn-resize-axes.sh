#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: an image of 6 x 6 px, enlarged by scales of 2 and 3 for the axes 2 and 3, and by four scales for all axes; then fitted into 12 x 3
# with keep_aspect_ratio_policy "not_larger".
# Expected: 12 x 18 px both times; 3 x 3 px, the largest square that fits.
# Happens: 2 x 3 px with axes: the scales are taken for the size in pixels. The policy is passed over, and the square becomes 12 x 3.
# Output seen on 2026-12-01:
#   two scales and axes: (2, 3), by onnxruntime (12, 18)
#   four scales: (12, 18), by onnxruntime (12, 18)
#   not larger than 12 x 3: (12, 3), by onnxruntime (3, 3)
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
whole = np.array([1, 1, 2, 3], np.float32)
for title, constants, attributes, size in (
    ("two scales and axes", [None, whole[2:]], {"axes": [2, 3]}, (2, 3)),
    ("four scales", [None, whole], {}, (12, 18)),
    ("not larger than 12 x 3", [None, None, np.array([12, 3])], {"axes": [2, 3], "keep_aspect_ratio_policy": "not_larger"}, (12, 3)),
):
    seen, wanted = by_both(19, "Resize", image, *constants, mode="nearest", **attributes)
    print(f"{title}: {seen.shape[2:]}, by onnxruntime {wanted.shape[2:]}", file=out)
    assert seen.shape[2:] == size and (wanted.shape == seen.shape) == (title == "four scales"), "the behaviour has changed"
PY
