#!/usr/bin/env bash
# onnxruntime 1.32.0, Resize of uint8 (linear, half_pixel); onnx 1.23.2 (reference evaluator) for comparison
# Input: a white image of 9 x 9 bytes (255), and noise of 32 x 32 bytes, scaled by 0.6, 1.3 and 2.
# Expected: a white image stays 255, and noise keeps its mean, as with the reference, or with floats that are rounded.
# Happens: white is 254 in places, and noise is darker by almost half a level on average: results are cut off, not rounded. A
# mask of 255 that is resized in the network is no longer equal to 255.
# Output seen on 2026-11-30:
#   scale 0.6: 255 becomes [254, 255], by the reference [255]; noise is off by -0.48 on average, by the reference +0.00
#   scale 1.3: 255 becomes [254, 255], by the reference [255]; noise is off by -0.50 on average, by the reference +0.01
#   scale 2.0: 255 becomes [255], by the reference [255]; noise is off by -0.46 on average, by the reference -0.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def results(image: np.ndarray, scale: float) -> list[np.ndarray]:
    kind = helper.np_dtype_to_tensor_dtype(image.dtype)
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], mode="linear")
    ends = [helper.make_tensor_value_info("x", kind, image.shape)], [helper.make_tensor_value_info("y", kind, None)]
    constants = [numpy_helper.from_array(np.array([1, 1, scale, scale], np.float32), "s")]
    model = helper.make_model(
        helper.make_graph([node], "one", *ends, constants), opset_imports=[helper.make_opsetid("", 21)], ir_version=10
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [session.run(None, {"x": image})[0], ReferenceEvaluator(model).run(None, {"x": image})[0]]


white = np.full((1, 1, 9, 9), 255, np.uint8)
noise = np.random.default_rng(0).integers(0, 256, (1, 1, 32, 32), dtype=np.uint8)
for scale in (0.6, 1.3, 2.0):
    by_runtime, by_reference = (np.unique(one).tolist() for one in results(white, scale))
    exact = results(noise.astype(np.float32), scale)[0]
    off, reference_off = (float((one - exact).mean()) for one in results(noise, scale))
    print(
        f"scale {scale}: 255 becomes {by_runtime}, by the reference {by_reference}; "
        f"noise is off by {off:+.2f} on average, by the reference {reference_off:+.2f}"
    )
    assert by_reference == [255] and off < -0.3 and abs(reference_off) < 0.1, "the behaviour has changed"
    assert (by_runtime == [254, 255]) == (scale != 2.0), "the behaviour has changed"
PY
