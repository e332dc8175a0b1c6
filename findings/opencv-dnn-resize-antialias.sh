#!/usr/bin/env bash
# opencv-python 5.0.0.93, cv2.dnn (ONNX); onnxruntime 1.32.0 for comparison
# Input: a network of one Resize to a quarter, with antialias=0 and 1, on stripes of 16 x 16, and one of cubic GridSample on noise.
# Expected: antialias=1 averages the stripes, as with onnxruntime; an option that is not supported is refused.
# Happens: antialias is passed over without a word, and fine patterns alias as they do without it. Cubic GridSample differs from
# onnxruntime by a seventh of the range (onnxruntime agrees with PyTorch to 1e-6).
# Output seen on 2026-11-30:
#   antialias=0: row 0 by onnxruntime [0.  0.5 0.5 0. ], by OpenCV [0.  0.5 0.5 0. ]
#   antialias=1: row 0 by onnxruntime [0.44 0.34 0.34 0.44], by OpenCV [0.  0.5 0.5 0. ]
#   cubic GridSample: largest difference 0.17
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


def results(node: object, inputs: dict[str, np.ndarray], side: int, constants: list[object]) -> tuple[np.ndarray, ...]:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in inputs.items()]
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, side, side])
    graph = helper.make_graph([node], "one", ends, [result], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    for name, value in inputs.items():
        net.setInput(value, name)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0], net.forward()


stripes = np.where(np.arange(16) % 3 == 0, 1, 0).astype(np.float32) * np.ones((1, 1, 16, 1), np.float32)
scales = numpy_helper.from_array(np.array([1, 1, 0.25, 0.25], np.float32), "s")
for antialias in (0, 1):
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], mode="linear", antialias=antialias)
    pair = results(node, {"x": stripes}, 4, [scales])
    print(f"antialias={antialias}: row 0 by onnxruntime {pair[0][0, 0, 0].round(2)}, by OpenCV {pair[1][0, 0, 0].round(2)}")
    if antialias:
        assert np.abs(pair[0] - pair[1]).max() > 0.1 and np.array_equal(pair[1], plain), "the behaviour has changed"
    else:
        plain = pair[1]
        assert np.allclose(*pair, atol=1e-6), "the behaviour has changed"
rng = np.random.default_rng(0)
inputs = {"x": rng.random((1, 1, 8, 8)), "g": rng.uniform(-0.9, 0.9, (1, 6, 6, 2))}
pair = results(
    helper.make_node("GridSample", ["x", "g"], ["y"], mode="cubic"),
    {name: value.astype(np.float32) for name, value in inputs.items()},
    6,
    [],
)
print(f"cubic GridSample: largest difference {np.abs(pair[0] - pair[1]).max():.2f}")
assert np.abs(pair[0] - pair[1]).max() > 0.05, "the behaviour has changed"
PY
