#!/usr/bin/env bash
# pnnx 20261020 (converts ONNX), ncnn 1.0.20261020 (runs the result); onnxruntime 1.32.0 for comparison
# Input: a row of 1 to 6 padded by two pixels on either side with ONNX's Pad, by each mode.
# Expected: wrap: 5, 6 before the 1 and 1, 2 after the 6, as in tiled textures and panoramas.
# Happens: the model is converted without an error, and zeros are added instead; the other modes are right.
# Output seen on 2026-12-01:
#   edge: [1, 1, 1, 2, 3, 4, 5, 6, 6, 6], by onnxruntime [1, 1, 1, 2, 3, 4, 5, 6, 6, 6]
#   reflect: [3, 2, 1, 2, 3, 4, 5, 6, 5, 4], by onnxruntime [3, 2, 1, 2, 3, 4, 5, 6, 5, 4]
#   wrap: [0, 0, 1, 2, 3, 4, 5, 6, 0, 0], by onnxruntime [5, 6, 1, 2, 3, 4, 5, 6, 1, 2]
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


row = np.tile(np.arange(1, 7, dtype=np.float32), (1, 1, 4, 1))
for mode in ("edge", "reflect", "wrap"):
    seen, wanted = by_both(19, "Pad", row, np.array([0, 0, 0, 2, 0, 0, 0, 2]), mode=mode)
    first, compared = (one[0, 0, 1].astype(int).tolist() for one in (seen, wanted))
    print(f"{mode}: {first}, by onnxruntime {compared}")
    assert np.allclose(seen, wanted) == (mode != "wrap"), "the behaviour has changed"
PY
