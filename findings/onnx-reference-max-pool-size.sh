#!/usr/bin/env bash
# onnx 1.23.2 (onnx.reference, the evaluator of the standard's own package); onnxruntime 1.32.0 for comparison
# Input: MaxPool over an image of 9 x 11 with values of 1 to 2: kernels of 2 x 2 and 3 x 3 at stride 1 with a padding of 1 and
# ceil_mode, and 3 x 2 at stride 2 with SAME_LOWER and SAME_UPPER.
# Expected: the sizes of the standard's formulas, as in onnxruntime: 10 x 12 and 9 x 11, since at stride 1 there is nothing to round up,
# and 5 x 6 for both kinds of SAME.
# Happens: with ceil_mode there are two more rows and columns, the last of them 0, which is no value of the image; with SAME_LOWER a row
# and a column are missing. No error is raised.
# Output seen on 2026-11-30:
#   2 x 2, padding 1, ceil_mode 1: onnxruntime 10 x 12 (least 1.0), reference 12 x 14 (least 0.0)
#   3 x 3, padding 1, ceil_mode 1: onnxruntime 9 x 11 (least 1.6), reference 11 x 13 (least 0.0)
#   3 x 3, padding 1, ceil_mode 0: onnxruntime 9 x 11 (least 1.6), reference 9 x 11 (least 1.6)
#   3 x 2, stride 2, SAME_LOWER: onnxruntime 5 x 6 (least 1.6), reference 4 x 5 (least 1.6)
#   3 x 2, stride 2, SAME_UPPER: onnxruntime 5 x 6 (least 1.3), reference 5 x 6 (least 1.3)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)


def both(kind: str, *arrays: np.ndarray | None, **attributes: object) -> tuple[np.ndarray, np.ndarray]:
    names = ["" if array is None else f"in{place}" for place, array in enumerate(arrays)]
    feed = {name: array for name, array in zip(names, arrays, strict=True) if name}
    inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in feed.items()]
    output = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(kind, names, ["out"], **attributes)], "one", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0], ReferenceEvaluator(model).run(None, feed)[0]


image = np.random.default_rng(0).uniform(1, 2, (1, 1, 9, 11)).astype(np.float32)
padded = {"pads": [1, 1, 1, 1], "strides": [1, 1]}
for name, wrong, attributes in (
    ("2 x 2, padding 1, ceil_mode 1", True, {"kernel_shape": [2, 2], "ceil_mode": 1, **padded}),
    ("3 x 3, padding 1, ceil_mode 1", True, {"kernel_shape": [3, 3], "ceil_mode": 1, **padded}),
    ("3 x 3, padding 1, ceil_mode 0", False, {"kernel_shape": [3, 3], **padded}),
    ("3 x 2, stride 2, SAME_LOWER", True, {"kernel_shape": [3, 2], "strides": [2, 2], "auto_pad": "SAME_LOWER"}),
    ("3 x 2, stride 2, SAME_UPPER", False, {"kernel_shape": [3, 2], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
):
    runtime, reference = both("MaxPool", image, **attributes)
    sizes = [f"{a.shape[2]} x {a.shape[3]} (least {a.min():.1f})" for a in (runtime, reference)]
    print(f"{name}: onnxruntime {sizes[0]}, reference {sizes[1]}")
    assert (runtime.shape != reference.shape) == wrong, "the behaviour has changed"
PY
