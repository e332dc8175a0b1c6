#!/usr/bin/env bash
# pnnx 20261020 (converts ONNX), ncnn 1.0.20261020 (runs the result); onnxruntime 1.32.0 for comparison
# Input: a flat image of 60 with 5 x 5 px through AveragePool of 2 x 2 with stride 2, with auto_pad SAME_UPPER and VALID.
# Expected: 60 everywhere: count_include_pad is 0 by default, so that the mean is of the image's own pixels.
# Happens: with auto_pad zeros are added in a step of their own and counted: 30 along two sides, 15 in the corner.
# Output seen on 2026-12-01:
#   auto_pad: [[60, 60, 30], [60, 60, 30], [30, 30, 15]], by onnxruntime all 60
#   valid: [[60, 60], [60, 60]], by onnxruntime all 60
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


flat = np.full((1, 1, 5, 5), 60, np.float32)
for title, attributes in (("auto_pad", {"auto_pad": "SAME_UPPER"}), ("valid", {"auto_pad": "VALID"})):
    seen, wanted = by_both(19, "AveragePool", flat, kernel_shape=[2, 2], strides=[2, 2], **attributes)
    print(f"{title}: {seen[0, 0].astype(int).tolist()}, by onnxruntime all {int(wanted.min())}")
    assert np.allclose(wanted, 60) and np.allclose(seen, 60) == (title == "valid"), "the behaviour has changed"
PY
