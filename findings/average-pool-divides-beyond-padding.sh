#!/usr/bin/env bash
# OpenVINO 2026.4.1 (CPU) and OpenCV 5.0.0.93 (cv2.dnn) with onnx 1.23.2; onnxruntime 1.32.0 for comparison
# Input: AveragePool of 3 x 3 and stride 2 with padding 1, ceil_mode and count_include_pad, of 6 x 6 ones; as torch exports AvgPool2d(3, 2, 1,
# ceil_mode=True), whose count_include_pad is on unless it is switched off.
# Expected: the padding counts, what lies beyond it does not: in the last column 6 of 9 places, so that its middle is 3 / 6; as by onnxruntime.
# Happens: both divide by 9 throughout: the last row and column are darker by a third, and the corner has less than half of its value.
# Output seen on 2026-12-01:
#   onnxruntime: second row [0.667, 1.0, 1.0, 0.5], last corner 0.250
#   OpenVINO: second row [0.667, 1.0, 1.0, 0.333], last corner 0.111
#   OpenCV: second row [0.667, 1.0, 1.0, 0.333], last corner 0.111
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openvino==2026.4.1 opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import helper

ones = np.ones((1, 1, 6, 6), np.float32)
node = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, ceil_mode=1, count_include_pad=1)
ends = [[helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, [1, 1, size, size])] for end, size in (("x", 6), ("y", 4))]
model = helper.make_model(helper.make_graph([node], "mean", *ends), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "a.onnx")
core = openvino.Core()
net = cv2.dnn.readNetFromONNX("a.onnx")
net.setInput(ones, "x")
results = {
    "onnxruntime": onnxruntime.InferenceSession("a.onnx").run(None, {"x": ones})[0],
    "OpenVINO": core.compile_model(core.read_model("a.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([ones])[0],
    "OpenCV": net.forward(),
}
counted = np.pad(np.ones((6, 6)), 1)
wanted = np.array([[counted[y : y + 3, x : x + 3].mean() for x in (0, 2, 4, 6)] for y in (0, 2, 4, 6)])
for name, result in results.items():
    print(f"{name}: second row {result[0, 0, 1].astype(float).round(3).tolist()}, last corner {result[0, 0, 3, 3]:.3f}")
    assert np.allclose(result[0, 0], wanted, atol=1e-3) == (name == "onnxruntime"), "the behaviour has changed"
assert abs(wanted[1, 3] - 0.5) < 1e-9 and all(abs(results[name][0, 0, 1, 3] - 1 / 3) < 1e-3 for name in ("OpenVINO", "OpenCV")), "the behaviour has changed"
PY
