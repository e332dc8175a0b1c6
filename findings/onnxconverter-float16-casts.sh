#!/usr/bin/env bash
# onnxconverter-common 1.16.0 (float16.convert_float_to_float16) with onnx 1.23.2; onnxruntime 1.32.0 runs
# Input: x * mask and the mask's convolution, as of a partial convolution: with named nodes; without names, which ONNX leaves free; and with the
# mask made by x > 0 and a Cast to FLOAT. keep_io_types=True, so that inputs and outputs stay float32.
# Expected: a model of float16 that runs, each time.
# Happens: onnxruntime refuses two of three. Without names the casts that are put in have one name between them; and a Cast to FLOAT that the
# model has stays as it is, while its result is declared float16. The conversion says nothing of either.
# Output seen on 2026-12-01:
#   named: runs
#   unnamed: This is an invalid model. Error: two nodes with same node name (mask_cast_to_).
#   with a Cast: Type Error: Type (tensor(float16)) of output arg (mask) of node (node1) does not match expected type (tensor(float)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnxconverter-common==1.16.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16

onnxruntime.set_default_logger_severity(4)
partial = [helper.make_node("Mul", ["x", "mask"], ["y"]), helper.make_node("Conv", ["mask", "ones"], ["count"], pads=[1] * 4)]
threshold = [helper.make_node("Greater", ["x", "zero"], ["known"]), helper.make_node("Cast", ["known"], ["mask"], to=TensorProto.FLOAT)]
cases = {"named": (partial, True, ("x", "mask")), "unnamed": (partial, False, ("x", "mask")), "with a Cast": (threshold + partial, True, ("x",))}
constants = {"ones": np.ones((1, 1, 3, 3), np.float32), "zero": np.zeros(1, np.float32)}
seen = {}
for case, (nodes, named, inputs) in cases.items():
    for number, node in enumerate(nodes):
        node.name = f"node{number}" if named else ""
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 4, 4]) for name in names] for names in (inputs, ("y", "count"))]
    graph = helper.make_graph(nodes, "partial", *ends, [numpy_helper.from_array(value, name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    feed = {name: np.ones((1, 1, 4, 4), np.float32) for name in inputs}
    onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)
    half = float16.convert_float_to_float16(model, keep_io_types=True)
    try:
        onnxruntime.InferenceSession(half.SerializeToString()).run(None, feed)
        seen[case] = "runs"
    except Exception as error:
        seen[case] = str(error).split(" : ")[-1]
    print(f"{case}: {seen[case]}")
assert seen["named"] == "runs" and "same node name" in seen["unnamed"] and "Type Error" in seen["with a Cast"], "the behaviour has changed"
PY
