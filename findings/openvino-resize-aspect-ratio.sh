#!/usr/bin/env bash
# openvino 2026.4.1 (ONNX front end, CPU); onnxruntime 1.32.0 and onnx 1.23.2 (reference evaluator) for comparison
# Input: a model of one Resize that fits an image of 20 x 40 into 64 x 64, keep_aspect_ratio_policy not_larger or not_smaller.
# Expected: 32 x 64 and 64 x 128, as the operator says and both others give.
# Happens: 64 x 64 each time: the policy is passed over without an error or a warning, and the image is stretched.
# Output seen on 2026-11-30:
#   not_larger: openvino (64, 64), onnxruntime (32, 64), reference (32, 64)
#   not_smaller: openvino (64, 64), onnxruntime (64, 128), reference (64, 128)
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
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

image = np.random.default_rng(0).random((1, 1, 20, 40), dtype=np.float32)
sizes = numpy_helper.from_array(np.array([64, 64], np.int64), "sizes")
core = openvino.Core()
for policy, wanted in (("not_larger", (32, 64)), ("not_smaller", (64, 128))):
    node = helper.make_node(
        "Resize", ["x", "", "", "sizes"], ["y"], mode="linear", axes=[2, 3], keep_aspect_ratio_policy=policy
    )
    ends = [helper.make_tensor_value_info(*one) for one in (("x", TensorProto.FLOAT, image.shape), ("y", 1, None))]
    graph = helper.make_graph([node], "one", ends[:1], ends[1:], [sizes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    data = model.SerializeToString()
    by_openvino = core.compile_model(core.read_model(data), "CPU")({"x": image})[0].shape[2:]
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    others = [run(None, {"x": image})[0].shape[2:] for run in (session.run, ReferenceEvaluator(model).run)]
    print(f"{policy}: openvino {by_openvino}, onnxruntime {others[0]}, reference {others[1]}")
    assert others == [wanted, wanted] and by_openvino == (64, 64), "the behaviour has changed"
PY
