#!/usr/bin/env bash
# opencv-python 5.0.0.93, cv2.dnn (ONNX); onnx 1.23.2 (reference evaluator) and onnxruntime 1.32.0 for comparison
# Input: networks of one convolution or pooling with auto_pad, as converters from TensorFlow write them, on 8 x 8 samples.
# Expected: the results of the reference; where one pixel more is padded on one side, SAME_UPPER puts it at the end.
# Happens: which of the two is asked for changes nothing. With stride 2 SAME_UPPER gives what SAME_LOWER should, moved by one
# pixel; with stride 1 and even kernels SAME_LOWER gives what SAME_UPPER should. A transposed convolution is one pixel short.
# Output seen on 2026-11-30:
#   Conv 3 x 3, stride 1, SAME_UPPER: OpenCV differs by 0.00, reference (8, 8)
#   Conv 3 x 3, stride 2, SAME_UPPER: OpenCV differs by 1.99, reference (4, 4)
#   MaxPool 3 x 3, stride 2, SAME_UPPER: OpenCV differs by 0.31, reference (4, 4)
#   AveragePool 3 x 3, stride 2, SAME_UPPER: OpenCV differs by 0.19, reference (4, 4)
#   Conv 4 x 4, stride 1, SAME_LOWER: OpenCV differs by 2.24, reference (8, 8)
#   ConvTranspose 4 x 4, stride 2, SAME_UPPER: OpenCV has (15, 15), reference (16, 16)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(0)
image = rng.random((1, 1, 8, 8)).astype(np.float32)


def results(kind: str, size: int, stride: int, padding: str) -> tuple[np.ndarray, ...]:
    weights = numpy_helper.from_array(rng.random((1, 1, size, size)).astype(np.float32), "w")
    options = {"strides": [stride] * 2, "auto_pad": padding, "kernel_shape": [size] * 2}
    node = helper.make_node(kind, ["x", "w"] if "Conv" in kind else ["x"], ["y"], **options)
    side = 8 * stride if kind == "ConvTranspose" else -(-8 // stride)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, n, n]) for name, n in (("x", 8), ("y", side))]
    graph = helper.make_graph([node], "one", ends[:1], ends[1:], [weights] if "Conv" in kind else [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    packed = model.SerializeToString()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(packed, np.uint8))
    net.setInput(image)
    session = onnxruntime.InferenceSession(packed, providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(model).run(None, {"x": image})[0], session.run(None, {"x": image})[0], net.forward()


cases = (
    ("Conv", 3, 1, "SAME_UPPER", True),
    ("Conv", 3, 2, "SAME_UPPER", False),
    ("MaxPool", 3, 2, "SAME_UPPER", False),
    ("AveragePool", 3, 2, "SAME_UPPER", False),
    ("Conv", 4, 1, "SAME_LOWER", False),
    ("ConvTranspose", 4, 2, "SAME_UPPER", False),
)
for kind, size, stride, padding, right in cases:
    reference, by_runtime, by_opencv = results(kind, size, stride, padding)
    assert np.allclose(reference, by_runtime, atol=1e-5), "the behaviour has changed"
    same_shape = by_opencv.shape == reference.shape
    outcome = f"differs by {np.abs(by_opencv - reference).max():.2f}" if same_shape else f"has {by_opencv.shape[2:]}"
    print(f"{kind} {size} x {size}, stride {stride}, {padding}: OpenCV {outcome}, reference {reference.shape[2:]}")
    assert (same_shape and np.allclose(by_opencv, reference, atol=1e-5)) == right, "the behaviour has changed"
PY
