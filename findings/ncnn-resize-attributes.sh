#!/usr/bin/env bash
# pnnx 20261020 (converts ONNX), ncnn 1.0.20261020 (runs the result); onnxruntime 1.32.0 for comparison
# Input: a ramp and squares in a row, and a lone light pixel, resized by ONNX's Resize with one attribute each.
# Expected: each attribute does what ONNX's Resize says of it, or the model is refused, as it is with another nearest_mode.
# Happens: the model is converted without an error, and always run with half_pixel (or align_corners), without antialias and with a
# coefficient of -0.75: "asymmetric", which TensorFlow's older models use, is moved by a quarter of a pixel at twice the size.
# Output seen on 2026-12-01:
#   half_pixel: [0.0, 2.5, 7.5, 12.5, 17.5, 22.5], by onnxruntime [0.0, 2.5, 7.5, 12.5, 17.5, 22.5]
#   asymmetric: [0.0, 2.5, 7.5, 12.5, 17.5, 22.5], by onnxruntime [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]
#   antialias: [0.0, 0.0], by onnxruntime [7.5, 12.5]
#   cubic_coeff_a: [-10.5, 12.1, 45.7, 160.9, 282.8, 520.3], by onnxruntime [-7.0, 13.3, 58.6, 156.2, 306.2, 506.2]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps pnnx==20261020 ncnn==1.0.20261020
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import importlib.util
import subprocess

import ncnn
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

converter = importlib.util.find_spec("pnnx").submodule_search_locations[0] + "/pnnx"  # its Python part would need PyTorch


def by_both(opset: int, operator: str, image: np.ndarray, *constants: np.ndarray | None, **attributes) -> list[np.ndarray]:
    names = ["x"] + ["" if one is None else f"c{number}" for number, one in enumerate(constants)]
    node = helper.make_node(operator, names, ["y"], **attributes)
    weights = [numpy_helper.from_array(one, f"c{number}") for number, one in enumerate(constants) if one is not None]
    ends = [helper.make_tensor_value_info("x", 1, image.shape), helper.make_tensor_value_info("y", 1, None)]
    model = helper.make_model(helper.make_graph([node], "g", ends[:1], ends[1:], weights), ir_version=9)
    model.opset_import[0].version = opset
    wanted = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": image})[0]
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", 1, wanted.shape))
    onnx.save(model, "a.onnx")
    subprocess.run([converter, "a.onnx"], check=True, capture_output=True)
    network = ncnn.Net()
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    assert network.load_param("a.ncnn.param") == 0 and network.load_model("a.ncnn.bin") == 0
    extractor = network.create_extractor()
    extractor.input("in0", ncnn.Mat(image[0]).clone())
    return [np.array(extractor.extract("out0")[1]).reshape(wanted.shape), wanted]


ramp, line = np.tile(np.arange(8, dtype=np.float32) * 10, (1, 1, 8, 1)), np.zeros((1, 1, 8, 8), np.float32)
line[..., 4] = 80
for title, image, scale, attributes in (
    ("half_pixel", ramp, 2, {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}),
    ("asymmetric", ramp, 2, {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}),
    ("antialias", line, 0.25, {"mode": "linear", "antialias": 1}),
    ("cubic_coeff_a", ramp**2, 2, {"mode": "cubic", "cubic_coeff_a": -0.5}),
):
    seen, wanted = by_both(19, "Resize", image, None, np.array([1, 1, scale, scale], np.float32), **attributes)
    first, compared = (one[0, 0, 1, :6].astype(float).round(1).tolist() for one in (seen, wanted))
    print(f"{title}: {first}, by onnxruntime {compared}")
    assert np.allclose(seen, wanted, atol=0.05) == (title == "half_pixel"), "the behaviour has changed"
PY
