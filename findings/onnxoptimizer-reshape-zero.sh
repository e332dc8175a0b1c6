#!/usr/bin/env bash
# onnxoptimizer 0.4.2 (optimize with get_fuse_and_elimination_passes); onnxruntime 1.32.0 runs the model before and after
# Input: an image of 1 x 3 x 8 x 9 reshaped to (3, 8, 9) and then to (0, 9, 8), as heads do that treat channels as a batch.
# Expected: a model with the same result, of the shape (3, 9, 8): 0 stands for the size that the input of the Reshape has at that place.
# Happens: the first Reshape is dropped, and so 0 stands for the 1 of the image: the model passes ONNX's checker and fails as it is run.
# Output seen on 2026-12-01:
#   before: ['Reshape', 'Reshape'], result (3, 9, 8)
#   after: ['Reshape'], result Fail
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnxoptimizer==0.4.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxoptimizer
import onnxruntime
from onnx import helper, numpy_helper

options = onnxruntime.SessionOptions()
options.log_severity_level = 4
shapes = {"s": [3, 8, 9], "t": [0, 9, 8]}
nodes = [helper.make_node("Reshape", ["x", "s"], ["a"]), helper.make_node("Reshape", ["a", "t"], ["y"])]
ends = [helper.make_tensor_value_info("x", 1, [1, 3, 8, 9]), helper.make_tensor_value_info("y", 1, [3, 9, 8])]
weights = [numpy_helper.from_array(np.array(shape), name) for name, shape in shapes.items()]
graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
optimised = onnxoptimizer.optimize(model, onnxoptimizer.get_fuse_and_elimination_passes())
onnx.checker.check_model(optimised)
outcomes = []
for title, one in (("before", model), ("after", optimised)):
    try:
        session = onnxruntime.InferenceSession(one.SerializeToString(), options)
        outcomes.append(session.run(None, {"x": np.zeros((1, 3, 8, 9), np.float32)})[0].shape)
    except Exception as error:
        outcomes.append(type(error).__name__)
    print(f"{title}: {[node.op_type for node in one.graph.node]}, result {outcomes[-1]}")
assert outcomes == [(3, 9, 8), "Fail"] and len(optimised.graph.node) == 1, "the behaviour has changed"
PY
