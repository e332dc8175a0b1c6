#!/usr/bin/env bash
# tinygrad 0.14.0 (nn.onnx.OnnxRunner, on its Python device); onnxruntime 1.32.0 for comparison
# Input: rows of 1 to 9 and of 1 to 8, cropped and padded to other sizes by ONNX's CenterCropPad.
# Expected: 9 to 5 px leaves 3 to 7, two pixels less on either side.
# Happens: 2 to 6: one pixel is cut on the left and three on the right. Where one of the sizes is even, and in padding, it is right.
# Output seen on 2026-12-01:
#   9 to 5: [2, 3, 4, 5, 6], by onnxruntime [3, 4, 5, 6, 7]
#   9 to 3: [3, 4, 5], by onnxruntime [4, 5, 6]
#   9 to 6: [2, 3, 4, 5, 6, 7]
#   8 to 5: [2, 3, 4, 5, 6]
#   8 to 4: [3, 4, 5, 6]
#   9 to 13: [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0]
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


for width, wanted_width in ((9, 5), (9, 3), (9, 6), (8, 5), (8, 4), (9, 13)):
    row = np.arange(1, width + 1, dtype=np.float32)
    seen, wanted = (one.astype(int).tolist() for one in by_both(18, "CenterCropPad", row, np.array([wanted_width]), axes=[0]))
    print(f"{width} to {wanted_width}: {seen}" + ("" if seen == wanted else f", by onnxruntime {wanted}"))
    assert (seen != wanted) == (width == 9 and wanted_width in (3, 5)), "the behaviour has changed"
PY
