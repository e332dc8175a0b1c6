#!/usr/bin/env bash
# OpenVINO 2026.4.1 (CPU) with onnx 1.23.2; onnxruntime 1.32.0 for comparison
# Input: an image of 16 x 16 px with white columns 2, 7 and 11, brought to a quarter of its size by Resize with antialias=1, linear or cubic.
# Expected: each column of the result has its share of the white, as by onnxruntime.
# Happens: antialias is passed over, though the node that is read in has it set: the result is that of antialias=0. Two of the three columns
# vanish, and the third is twice as bright as it should be.
# Output seen on 2026-12-01:
#   linear, antialias: onnxruntime [0.22, 0.19, 0.25, 0.09], OpenVINO [0.5, 0.0, 0.0, 0.0], set in its node: True
#   linear, without: onnxruntime [0.5, 0.0, 0.0, 0.0], OpenVINO [0.5, 0.0, 0.0, 0.0]
#   cubic, antialias: onnxruntime [0.21, 0.19, 0.29, 0.09], OpenVINO [0.59, -0.09, -0.09, 0.0], set in its node: True
#   cubic, without: onnxruntime [0.59, -0.09, -0.09, 0.0], OpenVINO [0.59, -0.09, -0.09, 0.0]
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

image = np.zeros((1, 1, 16, 16), np.float32)
image[..., [2, 7, 11]] = 1
core = openvino.Core()


def shrunk(mode: str, antialias: int) -> tuple[np.ndarray, np.ndarray, bool]:
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode=mode, antialias=antialias)
    scales = numpy_helper.from_array(np.array([1, 1, 0.25, 0.25], np.float32), "scales")
    ends = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 1, size, size])] for name, size in (("x", 16), ("y", 4))]
    model = helper.make_model(helper.make_graph([node], "resize", *ends, [scales]), opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(model)
    file = model.SerializeToString()
    read = core.read_model(file)
    (attributes,) = (op.get_attributes() for op in read.get_ops() if op.get_type_name() == "Interpolate")
    by_openvino = core.compile_model(read, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([image])[0]
    return onnxruntime.InferenceSession(file).run(None, {"x": image})[0][0, 0, 1].astype(float), by_openvino[0, 0, 1].astype(float), attributes["antialias"]


for mode in ("linear", "cubic"):
    plain, plain_openvino, _ = shrunk(mode, 0)
    smooth, smooth_openvino, known = shrunk(mode, 1)
    print(f"{mode}, antialias: onnxruntime {smooth.round(2).tolist()}, OpenVINO {smooth_openvino.round(2).tolist()}, set in its node: {known}")
    print(f"{mode}, without: onnxruntime {plain.round(2).tolist()}, OpenVINO {plain_openvino.round(2).tolist()}")
    assert np.allclose(plain, plain_openvino, atol=1e-4) and np.allclose(smooth_openvino, plain_openvino), "the behaviour has changed"
    assert known and np.abs(smooth - smooth_openvino).max() > 0.1, "the behaviour has changed"
PY
