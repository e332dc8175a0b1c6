#!/usr/bin/env bash
# onnx 1.23.2 (onnx.reference, the evaluator of the standard's own package); onnxruntime 1.32.0 for comparison
# Input: Resize of a row of 0 to 10, whose samples are their own places, and GridSample at random places, by opset 21.
# Expected: with align_corners, 5 samples of 0, 2.5, 5, 7.5 and 10, whether their number is given or a scale of 0.5; with
# half_pixel_symmetric 1, 3, 5, 7 and 9; and the same cubic samples as in onnxruntime.
# Happens: align_corners by scale does not reach the last corner, since the width counts as 5.5; half_pixel_symmetric begins a whole
# pixel too early, where rounding puts a place a hair behind its pixel; cubic GridSample with padding_mode border is off by up to 0.1.
# Output seen on 2026-11-30:
#   align_corners, 5 samples: onnxruntime 0.0 2.5 5.0 7.5 10.0, reference 0.0 2.5 5.0 7.5 10.0
#   align_corners, scale 0.5: onnxruntime 0.0 2.5 5.0 7.5 10.0, reference 0.0 2.2 4.4 6.7 8.9
#   half_pixel_symmetric, scale 0.5: onnxruntime 1.0 3.0 5.0 7.0 9.0, reference 0.0 3.0 5.0 7.0 9.0
#   half_pixel, scale 0.5: onnxruntime 0.5 2.5 4.5 6.5 8.5, reference 0.5 2.5 4.5 6.5 8.5
#   cubic GridSample, zeros: off by up to 0.000
#   cubic GridSample, border: off by up to 0.104
#   cubic GridSample, reflection: off by up to 0.000
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


row = np.arange(11, dtype=np.float32)[None, None, None]
scale, number = np.array([1, 1, 1, 0.5], np.float32), np.array([1, 1, 1, 5])
for mode, sizes, wrong in (
    ("align_corners", (None, None, number), False),
    ("align_corners", (None, scale), True),
    ("half_pixel_symmetric", (None, scale), True),
    ("half_pixel", (None, scale), False),
):
    results = both("Resize", row, *sizes, mode="linear", coordinate_transformation_mode=mode)
    shown = [" ".join(f"{value:.1f}" for value in result.ravel()) for result in results]
    by = "scale 0.5" if len(sizes) == 2 else "5 samples"
    print(f"{mode}, {by}: onnxruntime {shown[0]}, reference {shown[1]}")
    assert (np.abs(results[0] - results[1]).max() > 0.5) == wrong, "the behaviour has changed"
rng = np.random.default_rng(0)
image, places = rng.random((1, 2, 9, 11)).astype(np.float32), rng.uniform(-1.3, 1.3, (1, 7, 8, 2)).astype(np.float32)
for padding in ("zeros", "border", "reflection"):
    one, other = both("GridSample", image, places, mode="cubic", padding_mode=padding, align_corners=1)
    off = float(np.abs(one - other).max())
    print(f"cubic GridSample, {padding}: off by up to {off:.3f}")
    assert (off > 0.01) == (padding == "border"), "the behaviour has changed"
PY
