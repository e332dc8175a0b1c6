#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: a ramp of 0, 10, 20, 30 sampled at nine places from -2 to 2, half of them outside, with each padding mode; and squares of 0 to 5
# sampled inside, by cubic interpolation.
# Expected: reflection mirrors the image outside; a cubic curve with ONNX's coefficient of -0.75.
# Happens: reflection repeats the border, as border does; border and zeros are right. Cubic samples differ from onnxruntime's by up to 0.6.
# Output seen on 2026-12-01:
#   reflection: [0.0, 0.0, 0.0, 5.0, 15.0, 25.0, 30.0, 30.0, 30.0]
#     by onnxruntime [15.0, 5.0, 0.0, 5.0, 15.0, 25.0, 30.0, 25.0, 15.0]
#   border: [0.0, 0.0, 0.0, 5.0, 15.0, 25.0, 30.0, 30.0, 30.0]
#   zeros: [0.0, 0.0, 0.0, 5.0, 15.0, 25.0, 15.0, 0.0, 0.0]
#   cubic: [0.1, 0.7, 1.9, 3.7, 6.5, 9.7, 13.9, 18.7, 24.1]
#     by onnxruntime [0.1, 0.4, 1.7, 3.5, 6.1, 9.8, 13.3, 19.3, 24.3]
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


places = np.linspace(-2, 2, 9, dtype=np.float32)
ramp = np.tile(np.arange(4, dtype=np.float32) * 10, (1, 1, 4, 1))
squares = np.tile(np.arange(6, dtype=np.float32) ** 2, (1, 1, 6, 1))
for title, image, scale, attributes in (
    ("reflection", ramp, 1, {"padding_mode": "reflection"}),
    ("border", ramp, 1, {"padding_mode": "border"}),
    ("zeros", ramp, 1, {"padding_mode": "zeros"}),
    ("cubic", squares, 0.4, {"mode": "cubic", "padding_mode": "border"}),
):
    grid = np.stack([places * scale, np.zeros_like(places)], -1)[None, None].astype(np.float32)
    seen, wanted = by_both(20, "GridSample", image, grid, **{"mode": "linear", **attributes})
    print(f"{title}: {seen.astype(float).ravel().round(1).tolist()}", file=out)
    if not np.allclose(seen, wanted, atol=0.01):
        print(f"  by onnxruntime {wanted.astype(float).ravel().round(1).tolist()}", file=out)
    assert np.allclose(seen, wanted, atol=0.01) == (title in ("border", "zeros")), "the behaviour has changed"
    if title == "reflection":
        same = by_both(20, "GridSample", image, grid, mode="linear", padding_mode="border")[0]
        assert np.allclose(seen, same), "the behaviour has changed"
PY
