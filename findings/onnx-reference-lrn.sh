#!/usr/bin/env bash
# onnx 1.23.2 (onnx.reference, the evaluator of the standard's own package); onnxruntime 1.32.0 and the formula for comparison
# Input: LRN (local response normalisation, as in the encoders of early inpainting networks) of size 3 over 2 to 7 channels.
# Expected: each channel is divided by the squares of itself and its neighbours on both sides, as in onnxruntime.
# Happens: only as many channels are normalised as the batch has images, here one of one image and two of two. The rest are divided by
# the bias alone, which leaves them as they were.
# Output seen on 2026-11-30:
#   1 x 2 channels: onnxruntime off by up to 0.000, reference by channel 0.000 0.157
#   1 x 3 channels: onnxruntime off by up to 0.000, reference by channel 0.000 0.216 0.158
#   1 x 7 channels: onnxruntime off by up to 0.000, reference by channel 0.000 0.199 0.206 0.183 0.203 0.237 0.180
#   2 x 7 channels: onnxruntime off by up to 0.000, reference by channel 0.000 0.000 0.229 0.231 0.213 0.237 0.180
#   7 x 7 channels: onnxruntime off by up to 0.000, reference by channel 0.000 0.000 0.000 0.000 0.000 0.000 0.000
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)


def both(kind: str, *arrays: np.ndarray | None, **attributes: object) -> tuple[np.ndarray, np.ndarray]:
    names = ["" if array is None else f"in{place}" for place, array in enumerate(arrays)]
    feed = {name: array for name, array in zip(names, arrays, strict=True) if name}
    inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in feed.items()]
    output = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(kind, names, ["out"], **attributes)], "one", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0], ReferenceEvaluator(model).run(None, feed)[0]


for count, channels in ((1, 2), (1, 3), (1, 7), (2, 7), (7, 7)):
    image = np.random.default_rng(channels).uniform(0.5, 1, (count, channels, 4, 4)).astype(np.float32)
    runtime, reference = both("LRN", image, size=3, alpha=0.5, beta=0.75, bias=1.0)
    squares = np.pad(image**2, ((0, 0), (1, 1), (0, 0), (0, 0)))
    formula = image / (1 + 0.5 / 3 * (squares[:, :-2] + squares[:, 1:-1] + squares[:, 2:])) ** 0.75
    off = [np.abs(result - formula).max(axis=(0, 2, 3)) for result in (runtime, reference)]
    shown = " ".join(f"{value:.3f}" for value in off[1])
    print(f"{count} x {channels} channels: onnxruntime off by up to {off[0].max():.3f}, reference by channel {shown}")
    wrong = off[1] > 0.01
    assert off[0].max() < 1e-5 and not wrong[:count].any() and wrong[count:].all(), "the behaviour has changed"
PY
