#!/usr/bin/env bash
# openvino 2026.4.1 (ONNX front end, CPU); onnxruntime 1.32.0 and onnx 1.23.2 (reference evaluator) for comparison
# Input: a model of one pooling of 3 x 3, stride 3, pads 1, ceil_mode 1; a mask of 9 x 11 with a hole in it.
# Expected: 4 x 4, as both others give: windows that begin in the padding on the right are left out, says the operator.
# Happens: 4 x 5. The last column of MaxPool holds -3.4e38, the lowest float: a hole mask that a network shrinks on its way has a
# column of nonsense. (The shape inference of onnx says 4 x 5, too, against its own reference.)
# Output seen on 2026-11-30:
#   opset 12: openvino (4, 5), onnxruntime (4, 4), reference (4, 4)
#     row 1 by openvino [0.0, 1.0, 1.0, 1.0, -3.4028234663852886e+38], by onnxruntime [0.0, 1.0, 1.0, 1.0]
#   opset 21: openvino (4, 5), onnxruntime (4, 4), reference (4, 4)
#     row 1 by openvino [0.0, 1.0, 1.0, 1.0, -3.4028234663852886e+38], by onnxruntime [0.0, 1.0, 1.0, 1.0]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

mask = np.zeros((1, 1, 9, 11), np.float32)
mask[..., 3:6, 4:9] = 1
settings = {"kernel_shape": [3, 3], "strides": [3, 3], "pads": [1, 1, 1, 1], "ceil_mode": 1}
core = openvino.Core()
onnxruntime.set_default_logger_severity(3)
ends = [helper.make_tensor_value_info(*one) for one in (("x", TensorProto.FLOAT, mask.shape), ("y", 1, None))]
graph = helper.make_graph([helper.make_node("MaxPool", ["x"], ["y"], **settings)], "one", ends[:1], ends[1:])
for opset in (12, 21):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    data = model.SerializeToString()
    by_openvino = core.compile_model(core.read_model(data), "CPU")({"x": mask})[0][0, 0]
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    others = [run(None, {"x": mask})[0][0, 0] for run in (session.run, ReferenceEvaluator(model).run)]
    print(f"opset {opset}: openvino {by_openvino.shape}, onnxruntime {others[0].shape}, reference {others[1].shape}")
    print(f"  row 1 by openvino {by_openvino[1].tolist()}, by onnxruntime {others[0][1].tolist()}")
    assert others[0].shape == others[1].shape == (4, 4) and by_openvino.shape == (4, 5), "the behaviour has changed"
    assert (by_openvino[:, -1] < -1e38).all(), "the behaviour has changed"
PY
