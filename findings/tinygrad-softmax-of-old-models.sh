#!/usr/bin/env bash
# tinygrad 0.14.0 (nn.onnx.OnnxRunner, on its Python device); onnxruntime 1.32.0 for comparison
# Input: 2 channels of 2 x 2 px through each operator with axis 1, in opset 11 and 13.
# Expected: until opset 12 ONNX flattens the input to two axes: all from the given axis on sums to 1; from opset 13 on, each axis by itself.
# Happens: in opset 11, too, each place sums to 1 over its channels, and so all of them to 4.
# Output seen on 2026-12-01:
#   Softmax of opset 11: sums to 4.00, by onnxruntime to 1.00
#   LogSoftmax of opset 11: sums to 4.00, by onnxruntime to 1.00
#   Hardmax of opset 11: sums to 4.00, by onnxruntime to 1.00
#   Softmax of opset 13: sums to 4.00, by onnxruntime to 4.00
#   LogSoftmax of opset 13: sums to 4.00, by onnxruntime to 4.00
#   Hardmax of opset 13: sums to 4.00, by onnxruntime to 4.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile tinygrad==0.14.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
export DEV=PYTHON
"$work/venv/bin/python" - <<'PY'
import contextlib
import io

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner


def by_both(opset: int, operator: str, image: np.ndarray, *constants: np.ndarray, **attributes) -> list[np.ndarray]:
    names = ["x"] + [f"c{number}" for number in range(len(constants))]
    node = helper.make_node(operator, names, ["y"], **attributes)
    ends = [helper.make_tensor_value_info("x", 1, image.shape), helper.make_tensor_value_info("y", 1, None)]
    weights = [numpy_helper.from_array(one, f"c{number}") for number, one in enumerate(constants)]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.save(model, "a.onnx")
    with contextlib.redirect_stdout(io.StringIO()):
        seen = OnnxRunner("a.onnx")({"x": Tensor(image)})["y"].numpy()
    return [seen, onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": image})[0]]


image = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2) / 10
for opset in (11, 13):
    for operator in ("Softmax", "LogSoftmax", "Hardmax"):
        seen, wanted = (np.exp(one) if operator == "LogSoftmax" else one for one in by_both(opset, operator, image, axis=1))
        print(f"{operator} of opset {opset}: sums to {seen.sum():.2f}, by onnxruntime to {wanted.sum():.2f}")
        assert abs(seen.sum() - 4) < 0.01 and abs(wanted.sum() - (4 if opset == 13 else 1)) < 0.01, "the behaviour has changed"
PY
