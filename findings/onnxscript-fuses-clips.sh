#!/usr/bin/env bash
# onnxscript 0.7.2 (optimizer.optimize); onnxruntime 1.32.0 runs the model before and after
# Input: two models: a Clip to -2 ... -1 and then Relu; a Clip to -1 ... 0 and then a Clip from 0.5 on.
# Expected: an optimised model with the same results: 0, and 0.5.
# Happens: -1, and 0: the two steps are made one Clip with the larger of the lower bounds and the smaller of the upper ones. Where these two
# cross, Clip answers the upper bound, while the steps one by one answer the second's lower one. Bounds that overlap are fused correctly.
# Output seen on 2026-12-01:
#   Clip -2 to -1, Relu: [0.0, 0.0, 0.0, 0.0, 0.0] before, [-1.0, -1.0, -1.0, -1.0, -1.0] after
#   Clip -1 to 0, Clip from 0.5: [0.5, 0.5, 0.5, 0.5, 0.5] before, [0.0, 0.0, 0.0, 0.0, 0.0] after
#   Clip -2 to 1, Relu: [0.0, 0.0, 0.0, 1.0, 1.0] before, [0.0, 0.0, 0.0, 1.0, 1.0] after
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnxscript==0.7.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
import onnxscript.optimizer
from onnx import helper, numpy_helper

values = np.array([-3, -1.5, 0, 1.5, 3], np.float32)
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
for title, second, bounds in (
    ("Clip -2 to -1, Relu", helper.make_node("Relu", ["a"], ["y"]), {"low": -2, "high": -1}),
    ("Clip -1 to 0, Clip from 0.5", helper.make_node("Clip", ["a", "least"], ["y"]), {"low": -1, "high": 0, "least": 0.5}),
    ("Clip -2 to 1, Relu", helper.make_node("Relu", ["a"], ["y"]), {"low": -2, "high": 1}),
):
    ends = [helper.make_tensor_value_info(name, 1, [5]) for name in ("x", "y")]
    weights = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in bounds.items()]
    graph = helper.make_graph([helper.make_node("Clip", ["x", "low", "high"], ["a"]), second], "g", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    before, after = (
        onnxruntime.InferenceSession(one.SerializeToString(), options).run(None, {"x": values})[0].tolist()
        for one in (model, onnxscript.optimizer.optimize(model))
    )
    print(f"{title}: {before} before, {after} after")
    assert (before != after) == (bounds["high"] < 1), "the behaviour has changed"
PY
