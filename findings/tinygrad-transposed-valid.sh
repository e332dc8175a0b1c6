#!/usr/bin/env bash
# tinygrad 0.14.0 (nn.onnx.OnnxRunner, on its Python device); onnxruntime 1.32.0 for comparison
# Input: an image of 4 x 9 px enlarged by a ConvTranspose of 3 x 3 with stride 2, with auto_pad VALID and NOTSET, neither with pads.
# Expected: 9 x 19 px both times: VALID stands for no padding, as NOTSET without pads.
# Happens: 8 x 18 px with VALID, the size that SAME_UPPER has: the last row and column are missing.
# Output seen on 2026-12-01:
#   VALID: (8, 18), by onnxruntime (9, 19)
#   NOTSET: (9, 19), by onnxruntime (9, 19)
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


image, weights = np.ones((1, 1, 4, 9), np.float32), np.ones((1, 1, 3, 3), np.float32)
for padding in ("VALID", "NOTSET"):
    seen, wanted = by_both(11, "ConvTranspose", image, weights, strides=[2, 2], auto_pad=padding)
    print(f"{padding}: {seen.shape[2:]}, by onnxruntime {wanted.shape[2:]}")
    assert wanted.shape[2:] == (9, 19) and seen.shape[2:] == ((8, 18) if padding == "VALID" else (9, 19)), "the behaviour has changed"
PY
