#!/usr/bin/env bash
# OpenVINO 2026.4.1 (CPU) with onnx 1.23.2; onnxruntime 1.32.0 for comparison
# Input: a transposed convolution of 3 x 3 and stride 2, output_shape 6 x 6, auto_pad SAME_UPPER or SAME_LOWER, of an image of 3 x 3 px.
# Expected: the full result has 7 rows and columns; SAME_UPPER drops the last, SAME_LOWER the first, as the operator's text says.
# Happens: OpenVINO drops the first for both, so that a decoder made with SAME_UPPER moves its images up and left by a pixel.
# Output seen on 2026-12-01:
#   full, first row: [1, 2, 5, 4, 9, 6, 9]
#   SAME_UPPER, first row: onnxruntime [1, 2, 5, 4, 9, 6], OpenVINO [5, 14, 10, 24, 15, 18]
#   SAME_LOWER, first row: onnxruntime [5, 14, 10, 24, 15, 18], OpenVINO [5, 14, 10, 24, 15, 18]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import helper, numpy_helper

image = np.arange(1, 10, dtype=np.float32).reshape(1, 1, 3, 3)
kernel = numpy_helper.from_array(np.arange(1, 10, dtype=np.float32).reshape(1, 1, 3, 3), "kernel")
core = openvino.Core()


def run(**attributes: object) -> tuple[np.ndarray, np.ndarray]:
    size = attributes.get("output_shape", [7, 7])
    node = helper.make_node("ConvTranspose", ["x", "kernel"], ["y"], strides=[2, 2], **attributes)
    ends = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 1, *shape])] for name, shape in (("x", [3, 3]), ("y", size))]
    model = helper.make_model(helper.make_graph([node], "up", *ends, [kernel]), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    file = model.SerializeToString()
    by_openvino = core.compile_model(core.read_model(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([image])[0]
    return onnxruntime.InferenceSession(file).run(None, {"x": image})[0][0, 0], by_openvino[0, 0]


full, _ = run()
print("full, first row:", full[0].astype(int).tolist())
parts = {"SAME_UPPER": full[:6, :6], "SAME_LOWER": full[1:, 1:]}
for pad, wanted in parts.items():
    by_onnxruntime, by_openvino = run(auto_pad=pad, output_shape=[6, 6])
    print(f"{pad}, first row: onnxruntime {by_onnxruntime[0].astype(int).tolist()}, OpenVINO {by_openvino[0].astype(int).tolist()}")
    assert np.array_equal(by_onnxruntime, wanted) and np.array_equal(by_openvino, parts["SAME_LOWER"]), "the behaviour has changed"
PY
