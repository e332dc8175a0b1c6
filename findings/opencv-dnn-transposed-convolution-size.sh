#!/usr/bin/env bash
# OpenCV 5.0.0.93 (cv2.dnn) with onnx 1.23.2; onnxruntime 1.32.0 for comparison
# Input: transposed convolutions of 3 x 3 and stride 2, as decoders have them, of 9 x 11 px: with auto_pad SAME_UPPER or SAME_LOWER, and with an
# output_shape of 19 x 22. The model states the size of its output.
# Expected: 18 x 22, which is the size times the stride, and 19 x 22; as by onnxruntime.
# Happens: 17 x 21 with auto_pad and 20 x 24 with output_shape, against the size that the model states. Nothing is raised until the result
# meets another one.
# Output seen on 2026-12-01:
#   SAME_UPPER: onnxruntime (18, 22), OpenCV (17, 21)
#   SAME_LOWER: onnxruntime (18, 22), OpenCV (17, 21)
#   output_shape: onnxruntime (19, 22), OpenCV (20, 24)
#   explicit padding: onnxruntime (18, 22), OpenCV (18, 22)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

rng = np.random.default_rng(0)
image = rng.random((1, 1, 9, 11), dtype=np.float32)
kernel = numpy_helper.from_array(rng.random((1, 1, 3, 3), dtype=np.float32), "kernel")
cases = {
    "SAME_UPPER": ({"auto_pad": "SAME_UPPER"}, [18, 22], (17, 21)),
    "SAME_LOWER": ({"auto_pad": "SAME_LOWER"}, [18, 22], (17, 21)),
    "output_shape": ({"output_shape": [19, 22]}, [19, 22], (20, 24)),
    "explicit padding": ({"pads": [1] * 4, "output_padding": [1, 1]}, [18, 22], (18, 22)),
}
for name, (attributes, size, wrong) in cases.items():
    node = helper.make_node("ConvTranspose", ["x", "kernel"], ["y"], strides=[2, 2], kernel_shape=[3, 3], **attributes)
    ends = [[helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, [1, 1, *shape])] for end, shape in (("x", [9, 11]), ("y", size))]
    model = helper.make_model(helper.make_graph([node], "up", *ends, [kernel]), opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "a.onnx")
    by_onnxruntime = onnxruntime.InferenceSession("a.onnx").run(None, {"x": image})[0].shape[2:]
    net = cv2.dnn.readNetFromONNX("a.onnx")
    net.setInput(image, "x")
    by_opencv = net.forward().shape[2:]
    print(f"{name}: onnxruntime {by_onnxruntime}, OpenCV {by_opencv}")
    assert by_onnxruntime == tuple(size) and by_opencv == wrong, "the behaviour has changed"
PY
