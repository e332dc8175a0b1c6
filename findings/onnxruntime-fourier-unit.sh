#!/usr/bin/env bash
# torch 2.13.0 exports (onnx 1.23.2, onnxscript 0.7.2); onnxruntime 1.32.0 runs
# Input: a Fourier unit as LaMa has it (rfftn, 1 x 1 convolution of real and imaginary parts, irfftn), with fixed and with
# dynamic height and width. Expected: both exported models give torch's values.
# Happens: the fixed one does. The dynamic one is exported without a word, and its inverse DFT node fails as soon as it is
# run, at the very size it was exported with. An inpainting network of this kind can be shipped for one size only.
# Output seen on 2026-11-29:
#   fixed size: equal; dynamic size: fails: [ONNXRuntimeError] : 1 : FAIL : Non-zero status code returned while runn
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import onnxruntime
import torch


class FourierUnit(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix = torch.nn.Conv2d(6, 6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        f = torch.fft.rfftn(x, dim=(-2, -1), norm="ortho")
        f = self.mix(torch.stack((f.real, f.imag), 2).reshape(n, 2 * c, h, w // 2 + 1))
        f = f.reshape(n, c, 2, h, w // 2 + 1)
        return torch.fft.irfftn(torch.complex(f[:, :, 0], f[:, :, 1]), s=(h, w), dim=(-2, -1), norm="ortho")


def run(dynamic: bool) -> str:
    sizes = ({2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO},) if dynamic else None
    file = io.BytesIO()
    torch.onnx.export(unit, (x,), dynamo=True, dynamic_shapes=sizes, verbose=False).save(file)
    session = onnxruntime.InferenceSession(file.getvalue())
    try:
        (result,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    except Exception as error:
        return "fails: " + str(error)[:90]
    return "equal" if torch.allclose(torch.from_numpy(result), unit(x), atol=1e-4) else "differs"


unit, x = FourierUnit().eval().requires_grad_(False), torch.rand(1, 3, 13, 17)
found = run(False), run(True)
print(f"fixed size: {found[0]}; dynamic size: {found[1]}")
assert found[0] == "equal" and found[1].startswith("fails"), "the behaviour has changed"
PY
