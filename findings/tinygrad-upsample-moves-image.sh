#!/usr/bin/env bash
# tinygrad 0.14.0 (nn.onnx.OnnxRunner, on its Python device); onnxruntime 1.32.0 for comparison
# Input: a ramp of 0, 10 ... 50 enlarged twice by Upsample of opset 9, by linear interpolation and by nearest neighbours.
# Expected: Upsample's samples lie at k / scale ("asymmetric" of the later Resize): 0, 5, 10, 15 ...
# Happens: 0, 2.5, 7.5 ...: Upsample is run as a Resize with its default of half_pixel, which moves the image by a quarter of its pixel. By
# nearest neighbours twice the size is the same in both.
# Output seen on 2026-12-01:
#   linear: [0.0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5], by onnxruntime [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]
#   nearest: [0.0, 0.0, 10.0, 10.0, 20.0, 20.0, 30.0], by onnxruntime [0.0, 0.0, 10.0, 10.0, 20.0, 20.0, 30.0]
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


ramp = np.arange(6, dtype=np.float32).reshape(1, 1, 1, 6) * 10
for mode in ("linear", "nearest"):
    seen, wanted = by_both(9, "Upsample", ramp, np.array([1, 1, 1, 2], np.float32), mode=mode)
    print(f"{mode}: {seen.ravel().tolist()[:7]}, by onnxruntime {wanted.ravel().tolist()[:7]}")
    assert np.allclose(seen, wanted) == (mode == "nearest"), "the behaviour has changed"
PY
