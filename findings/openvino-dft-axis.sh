#!/usr/bin/env bash
# OpenVINO 2026.4.1 (CPU) with onnx 1.23.2; onnxruntime 1.32.0 and NumPy for comparison
# Input: models of one DFT node along each axis of 1 x 4 x 6 x 1 samples, in opset 17, where the axis is an attribute, and 20, where it is an input.
# Expected: the transform along that axis, as by onnxruntime; a network with Fourier units, as LaMa is, is made of these.
# Happens: in opset 20 the axis is passed over and the transform always goes along axis 1. In opset 17 negative axes are counted without the last
# dimension, that of real and imaginary part, so that -2 is 1 instead of 2. No error is raised.
# Output seen on 2026-12-01:
#   opset 17, axis 1: onnxruntime goes along 1, OpenVINO along 1
#   opset 17, axis 2: onnxruntime goes along 2, OpenVINO along 2
#   opset 17, axis -2: onnxruntime goes along 2, OpenVINO along 1
#   opset 17, axis -3: onnxruntime goes along 1, OpenVINO along 0
#   opset 20, axis 1: onnxruntime goes along 1, OpenVINO along 1
#   opset 20, axis 2: onnxruntime goes along 2, OpenVINO along 1
#   opset 20, axis -2: onnxruntime goes along 2, OpenVINO along 1
#   opset 20, axis -3: onnxruntime goes along 1, OpenVINO along 1
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

samples = np.random.default_rng(0).random((1, 4, 6, 1), dtype=np.float32)


def model(opset: int, axis: int) -> bytes:
    if opset == 17:
        node, constants = helper.make_node("DFT", ["x"], ["y"], axis=axis), []
    else:
        node, constants = helper.make_node("DFT", ["x", "", "axis"], ["y"]), [numpy_helper.from_array(np.array(axis), "axis")]
    ends = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 4, 6, size])] for name, size in (("x", 1), ("y", 2))]
    graph = helper.make_graph([node], "dft", *ends, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def axis_of(result: np.ndarray) -> int:
    spectrum = result[..., 0] + 1j * result[..., 1]
    (axis,) = (a for a in (0, 1, 2) if np.allclose(spectrum, np.fft.fft(samples[..., 0], axis=a), atol=1e-4))
    return axis


core, seen = openvino.Core(), {}
for opset in (17, 20):
    for axis in (1, 2, -2, -3):
        file = model(opset, axis)
        by_onnxruntime = axis_of(onnxruntime.InferenceSession(file).run(None, {"x": samples})[0])
        seen[opset, axis] = axis_of(core.compile_model(core.read_model(file), "CPU")([samples])[0])
        print(f"opset {opset}, axis {axis}: onnxruntime goes along {by_onnxruntime}, OpenVINO along {seen[opset, axis]}")
        assert by_onnxruntime == axis % 4, "the comparison has changed"
assert [seen[17, axis] for axis in (1, 2, -2, -3)] == [1, 2, 1, 0], "the behaviour has changed"
assert all(seen[20, axis] == 1 for axis in (1, 2, -2, -3)), "the behaviour has changed"
PY
