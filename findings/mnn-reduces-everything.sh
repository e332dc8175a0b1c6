#!/usr/bin/env bash
# MNN 3.6.1 (its converter from ONNX and its runtime); onnxruntime 1.32.0 for comparison
# Input: an image of 2 channels and 2 x 2 px, of which the length over the channels is taken, as layers do that normalise features.
# Expected: 2 x 2 lengths, with the axes as an input (opset 18 and later) and as an attribute (before).
# Happens: with the axes as an input everything is reduced, so that one number is left, without an error.
# ReduceSum, ReduceMean, ReduceMax and ReduceMin heed their axes.
# Output seen on 2026-12-01:
#   ReduceL1: (1, 1, 1, 1), by onnxruntime (1, 1, 2, 2)
#   ReduceL2: (1, 1, 1, 1), by onnxruntime (1, 1, 2, 2)
#   ReduceLogSum: (1, 1, 1, 1), by onnxruntime (1, 1, 2, 2)
#   ReduceLogSumExp: (1, 1, 1, 1), by onnxruntime (1, 1, 2, 2)
#   ReduceSumSquare: (1, 1, 1, 1), by onnxruntime (1, 1, 2, 2)
#   ReduceSum: (1, 1, 2, 2), by onnxruntime (1, 1, 2, 2)
#   ReduceMean: (1, 1, 2, 2), by onnxruntime (1, 1, 2, 2)
#   ReduceMax: (1, 1, 2, 2), by onnxruntime (1, 1, 2, 2)
#   ReduceMin: (1, 1, 2, 2), by onnxruntime (1, 1, 2, 2)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile MNN==3.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os

out = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # MNN prints its own lines

import _tools  # of MNN; its front end, mnnconvert, would install a package with the first pip on the path
import MNN.expr
import MNN.nn
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper


def by_both(opset: int, operator: str, image: np.ndarray, *constants: np.ndarray | None, **attributes) -> list[np.ndarray]:
    names = ["x"] + ["" if one is None else f"c{number}" for number, one in enumerate(constants)]
    node = helper.make_node(operator, names, ["y"], **attributes)
    values = [helper.make_tensor_value_info("x", 1, image.shape), helper.make_tensor_value_info("y", 1, None)]
    weights = [numpy_helper.from_array(one, f"c{number}") for number, one in enumerate(constants) if one is not None]
    graph = helper.make_graph([node], "g", values[:1], values[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.save(model, "a.onnx")
    _tools.mnnconvert(["", "-f", "ONNX", "--modelFile", "a.onnx", "--MNNModel", "a.mnn", "--bizCode", "a"])
    result = MNN.nn.load_module_from_file("a.mnn", ["x"], ["y"]).forward([MNN.expr.const(image, image.shape, MNN.expr.NCHW)])[0]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return [np.array(MNN.expr.convert(result, MNN.expr.NCHW).read()), session.run(None, {"x": image})[0]]


image = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2) + 1
axes = np.array([1])
for kind in ("L1", "L2", "LogSum", "LogSumExp", "SumSquare", "Sum", "Mean", "Max", "Min"):
    seen, wanted = by_both(18, "Reduce" + kind, image, axes, keepdims=1)
    print(f"Reduce{kind}: {seen.shape}, by onnxruntime {wanted.shape}", file=out)
    heeded = kind in ("Sum", "Mean", "Max", "Min")
    assert (seen.shape == wanted.shape) == heeded and (heeded or seen.size == 1), "the behaviour has changed"
    if not heeded:
        earlier = by_both(13, "Reduce" + kind, image, axes=[1], keepdims=1)
        assert earlier[0].shape == earlier[1].shape and np.allclose(*earlier, atol=1e-3), "the behaviour has changed"
PY
