"""Small networks in files of each convention: the mean of what is known nearby, and a little random texture."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
import tifffile
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from .commands import hole, waves

#: The side of the square over which what is known is averaged.
NEAR = 9

MakeOnnx = Callable[..., Path]
MakeTorchScript = Callable[..., Path]


class Known(nn.Module):
    """I_out of RGB in [0, 1] and a mask of holes, the oracle of all files here."""

    def __init__(self) -> None:
        super().__init__()
        self.texture = nn.Conv2d(3, 3, 3, padding=1, bias=False)
        values = np.random.default_rng(7).normal(0, 0.05, (3, 3, 3, 3)).astype(np.float32)
        with torch.no_grad():
            self.texture.weight.copy_(torch.from_numpy(values))

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        valid = 1 - hole
        known = image * valid
        sums = []
        for part in (known, valid):
            near = F.avg_pool2d(part, 9, stride=1, padding=4)
            sums.append(near + 0.001 * part.mean((2, 3), keepdim=True))
        return sums[0] / sums[1] + 0.02 * torch.tanh(self.texture(known))


class Graph:
    """ONNX operators one by one; the first output of each."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.values: list[Any] = []

    def op(self, kind: str, *inputs: Any, **attributes: Any) -> str:
        names = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        self.nodes.append(helper.make_node(kind, names, [f"v{len(self.nodes)}"], **attributes))
        return f"v{len(self.nodes) - 1}"

    def constant(self, value: Any) -> str:
        array = np.asarray(value, np.float32) if isinstance(value, float) else np.asarray(value)
        self.values.append(numpy_helper.from_array(array, f"c{len(self.values)}"))
        return self.values[-1].name

    def known(self, image: str, hole: str) -> str:
        valid = self.op("Sub", 1.0, hole)
        known = self.op("Mul", image, valid)
        pool = {"kernel_shape": [NEAR] * 2, "pads": [NEAR // 2] * 4, "count_include_pad": 1}
        parts = []
        for part in (known, valid):
            whole = self.op("Mul", self.op("ReduceMean", part, axes=[2, 3]), 0.001)
            parts.append(self.op("Add", self.op("AveragePool", part, **pool), whole))
        weight = Known().texture.weight.detach().numpy()
        texture = self.op("Mul", self.op("Tanh", self.op("Conv", known, weight, pads=[1] * 4)), 0.02)
        return self.op("Add", self.op("Div", *parts), texture)


@pytest.fixture
def make_onnx(tmp_path: Path) -> MakeOnnx:
    """Write an ONNX file of a convention; what is said replaces what is usual there."""

    def make(
        kind: str,
        *,
        name: str = "",
        size: int | None = None,
        polarity: str = "",
        out: str = "",
        reverse: bool = False,
        spoil: str = "",
        dtype: int = TensorProto.FLOAT,
        channels: int = 3,
        domain: str = "",
    ) -> Path:
        g = Graph()
        side: list[str | int] = ["height", "width"] if size is None else [size, size]
        polarity = polarity or {"migan": "valid", "pconv": "valid"}.get(kind, "hole")
        out = out or {"carve": "byte", "migan": "byte"}.get(kind, "unit")
        kind_in = TensorProto.UINT8 if kind == "migan" else dtype
        first = {"pconv": "picture", "ronimo": "input", "other": "a"}.get(kind, "image")
        second = {"other": "b"}.get(kind, "mask")
        if kind == "ronimo":
            ports = [(first, ["batch", channels + 1, *side])]
            whole = g.op("Cast", first, to=TensorProto.FLOAT)
            image, mask = g.op("Split", whole, np.array([3, 1]), axis=1), "split"
            g.nodes[-1].output.append(mask)
        else:
            ports = [(first, ["batch", channels, *side]), (second, ["batch", 1, *side])]
            image, mask = (g.op("Cast", port, to=TensorProto.FLOAT) for port, _ in ports)
        if kind == "migan":
            image, mask = g.op("Div", image, 255.0), g.op("Div", mask, 255.0)
        hole = g.op("Sub", 1.0, mask) if polarity == "valid" else mask
        y = g.known(image, hole)
        if kind in ("carve", "migan"):  # those that put the known pixels back themselves
            y = g.op("Add", g.op("Mul", y, hole), g.op("Mul", image, g.op("Sub", 1.0, hole)))
        if reverse:
            y = g.op("Gather", y, np.array([2, 1, 0]), axis=1)
        if out != "unit":
            y = g.op("Mul", y, 255.0) if out == "byte" else g.op("Sub", g.op("Mul", y, 2.0), 1.0)
        if spoil == "nan":
            y = g.op("Sqrt", g.op("Sub", g.op("Mul", y, 0.0), 1.0))
        elif spoil == "nan on dark":  # images without any bright pixel
            bright = g.op("ReduceMax", image, keepdims=0)
            y = g.op("Add", y, g.op("Mul", g.op("Sqrt", g.op("Sub", bright, 0.3)), 0.0))
        elif spoil == "grey":
            y = g.op("Add", g.op("Mul", y, 0.0), 0.5)
        elif spoil == "channels":
            y = g.op("Slice", y, np.array([0]), np.array([1]), np.array([1]))
        if kind == "migan":
            y = g.op("Cast", g.op("Clip", y, 0.0, 255.0), to=TensorProto.UINT8)
        elif dtype != TensorProto.FLOAT:
            y = g.op("Cast", y, to=dtype)
        out_name = "result" if kind == "migan" else "output"
        g.nodes.append(helper.make_node("Identity", [y], [out_name], domain=domain))
        graph = helper.make_graph(
            g.nodes,
            "small",
            [helper.make_tensor_value_info(port, kind_in, shape) for port, shape in ports],
            [helper.make_tensor_value_info(out_name, kind_in, ["n", "c", "h", "w"])],
            g.values,
        )
        opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
        path = tmp_path / (name or f"{kind}.onnx")
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="tests"), path)
        return path

    return make


@pytest.fixture
def make_torchscript(tmp_path: Path) -> MakeTorchScript:
    """Write a TorchScript file: ``lama`` of two inputs or ``migan`` of one."""

    class Lama(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = Known()

        def forward(self, image: Tensor, mask: Tensor) -> Tensor:
            return mask * self.model(image, mask) + (1 - mask) * image

    class Migan(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = Known()

        def forward(self, x: Tensor) -> Tensor:
            hole = 0.5 - x[:, :1]
            return self.model(x[:, 1:] / 2 + 0.5, hole) * 2 - 1

    def make(kind: str, *, name: str = "", scripted: bool = False) -> Path:
        module, inputs = {
            "lama": (Lama(), (torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64).round())),
            "migan": (Migan(), (torch.rand(1, 4, 512, 512),)),
        }[kind]
        path = tmp_path / (name or f"{kind}.pt")
        with pytest.warns(DeprecationWarning, match="deprecated"):
            program = torch.jit.script(module.eval()) if scripted else torch.jit.trace(module.eval(), inputs)
        program.save(str(path))
        return path

    return make


@pytest.fixture
def make(make_onnx: MakeOnnx, make_torchscript: MakeTorchScript) -> Callable[[str], list[str]]:
    """Make a file of `KINDS`, and give the options that name it."""

    def options(kind: str) -> list[str]:
        name, _, size = kind.partition(" ")
        if name.endswith(".pt"):
            return ["--weights", str(make_torchscript(name.removesuffix(".pt"))), "--trust"]
        return ["--weights", str(make_onnx(name, size=int(size) if size else None))]

    return options


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """in/ with a PNG of 8 and of 16 bits, a JPEG and a TIFF of 16 bits, white in the holes of m/."""
    monkeypatch.chdir(tmp_path)
    damaged = np.where(hole()[..., None], 1.0, waves())
    eight, sixteen = (damaged * 255).round().astype(np.uint8), (damaged * 65535).round().astype(np.uint16)
    for place in ("in", "m"):
        (tmp_path / place).mkdir()
    cv2.imwrite("in/eight.png", eight[..., ::-1])
    cv2.imwrite("in/sixteen.png", sixteen[..., ::-1])
    cv2.imwrite("in/photo.jpg", eight[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
    tifffile.imwrite("in/scan.tif", sixteen, photometric="rgb", tile=(32, 32), resolution=(300, 300))
    for path in (tmp_path / "in").iterdir():
        cv2.imwrite(f"m/{path.stem}.png", hole().astype(np.uint8) * 255)
    return tmp_path
