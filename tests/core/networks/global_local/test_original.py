"""Files of Torch7 as the authors publish them, against the paper's formula run by torch's functions alone."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights
from pconv_cli.core.importing import import_weights
from pconv_cli.core.importing.torch7 import TorchObject, read_torch7
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError
from tests.core.networks.global_local.torch7_files import Function, Torch, number, written

MEAN = np.array([0.46, 0.45, 0.41], np.float32)

# Kernel, stride (0: transposed), dilation, channels of 4 on the first layer.
TABLE = [(5, 1, 1, 4), (3, 2, 1, 8), (3, 1, 1, 8), (3, 2, 1, 16), (3, 1, 1, 16), (3, 1, 1, 16)]
TABLE += [(3, 1, dilation, 16) for dilation in (2, 4, 8, 16)]
TABLE += [(3, 1, 1, 16), (3, 1, 1, 16), (4, 0, 1, 8), (3, 1, 1, 8), (4, 0, 1, 4), (3, 1, 1, 2), (3, 1, 1, 3)]


def modules(old=False):
    """The network's modules in order; old: flat kernels, 1 / deviation, and another library's names."""
    rng = np.random.default_rng(0)
    before, chain = 4, []
    for kernel, stride, dilation, after in TABLE:
        pair = (before, after) if stride == 0 else (after, before)
        weight = rng.normal(0, (before * kernel**2) ** -0.5, (*pair, kernel, kernel)).astype(np.float32)
        fields = {"kW": kernel, "kH": kernel, "dW": stride or 2, "dH": stride or 2, "weight": weight}
        fields |= dict.fromkeys(("padW", "padH"), 1 if stride == 0 else dilation * (kernel // 2))
        fields |= {"bias": rng.normal(0, 0.1, after).astype(np.float32), "gradWeight": weight, "train": False}
        kind = "nn.SpatialConvolution"
        if stride == 0:
            kind, fields = "nn.SpatialFullConvolution", {**fields, "adjW": 0, "adjH": 0}
        elif dilation > 1:
            kind, fields = "nn.SpatialDilatedConvolution", {**fields, "dilationW": dilation, "dilationH": dilation}
        elif old:
            kind, fields["weight"] = "nn.SpatialConvolutionMM", weight.reshape(after, -1)
        chain.append(Torch(kind.replace("nn", "cudnn") if old and stride == 0 else kind, fields))
        if after != 3:
            norm = {"weight": 0.5 + rng.random(after), "bias": rng.normal(0, 0.3, after), "eps": 1e-3}
            norm |= {"running_mean": rng.normal(0, 1, after), "running_var": 0.5 + rng.random(after)}
            if old:
                norm["running_std"] = (norm.pop("running_var") + norm["eps"]) ** -0.5
            chain += [Torch("nn.SpatialBatchNormalization", norm, 1 if old else 2), Torch("nn.ReLU", {"val": 0})]
        before = after
    return [*chain, Torch("nn.Sigmoid")]


def graph(chain):
    """As nngraph keeps it: nodes that know their children and are known to them, in the order in which they run."""
    nodes = [Torch("nngraph.Node", {"data": {"module": module, "mapindex": {}, "input": []}}) for module in chain]
    nodes.insert(0, Torch("nngraph.Node", {"data": {"data": {}, "label": Function(b"\x1bLJ code", {"up": 3})}}))
    for node, child in pairwise(nodes):
        node.fields["children"] = [child]
        child.fields["data"]["mapindex"] = {"parent": node.fields["data"]}
    return Torch("nn.gModule", {"fg": {"nodes": list(nodes)}, "forwardnodes": nodes, "innode": nodes[0]})


def theirs(chain, x, mask):
    """``inpaint.lua``: less the mean, 0 in the hole, 1 = hole as the fourth channel."""
    mean = torch.from_numpy(MEAN).double().view(1, 3, 1, 1)
    y = torch.cat([(x - mean) * mask, 1 - mask], 1)
    layers = iter(chain)
    for kernel, stride, dilation, after in TABLE:
        conv = next(layers).fields
        pair = (y.shape[1], after) if stride == 0 else (after, y.shape[1])
        weight = torch.from_numpy(conv["weight"]).double().view(*pair, kernel, kernel)
        bias = torch.from_numpy(conv["bias"]).double()
        if stride == 0:
            y = F.conv_transpose2d(y, weight, bias, 2, 1)
        else:
            y = F.conv2d(y, weight, bias, stride, dilation * (kernel // 2), dilation)
        if after != 3:
            norm, _ = next(layers).fields, next(layers)
            values = {k: torch.from_numpy(v).view(1, -1, 1, 1) for k, v in norm.items() if k != "eps"}
            deviation = (
                values["running_std"] ** -1 if "running_std" in values else (values["running_var"] + 1e-3).sqrt()
            )
            y = ((y - values["running_mean"]) / deviation * values["weight"] + values["bias"]).clamp(min=0)
    return torch.sigmoid(y)


@pytest.mark.parametrize("old", [False, True])
def test_an_import_computes_what_their_network_computes(tmp_path, old):
    """As a graph with a mean in a tensor, and as an older list of modules with a table of numbers."""
    chain = modules(old)
    parts = [Torch("nn.Sequential", {"modules": part}) for part in (chain[:20], [Torch("nn.Identity"), *chain[20:]])]
    model = Torch("nn.Sequential", {"modules": parts}) if old else graph(chain)
    path = tmp_path / "completionnet.t7"
    path.write_bytes(written({"model": model, "mean": MEAN.tolist() if old else MEAN}, cuda=not old))
    report = import_weights(path, "global-local")
    assert report.spec.width == 4
    assert report.spec.mean == pytest.approx(MEAN.tolist())
    assert "CC BY-NC-SA 4.0" in describe_weights(report.path).card["licence"]
    x, mask = torch.rand(2, 3, 48, 64, dtype=torch.float64), torch.ones(2, 1, 48, 64, dtype=torch.float64)
    mask[0, :, 3:20, 9:40] = mask[1, :, 30:, :10] = 0
    with torch.inference_mode():
        output = load_weights(report.path).double()(x, mask).output
    torch.testing.assert_close(output, theirs(chain, x, mask), rtol=1e-5, atol=1e-5)


def changed(change):
    chain = modules()
    change(chain)
    return {"model": graph(chain), "mean": MEAN}


def dilate(chain):
    chain[18].fields["dilationW"] = 3


def slant(chain):
    chain[3].fields["padH"] = 0


def reorder(chain):
    chain[1], chain[2] = chain[2], chain[1]


def lose(chain):
    del chain[7].fields["running_mean"]


def narrow(chain):
    chain[0].fields["bias"] = chain[0].fields["bias"][:3].copy()


def bend(chain):
    chain[9].fields["weight"] = chain[9].fields["weight"][:, :4].copy()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"mean": MEAN}, "no model and mean"),
        ({"model": 3, "mean": MEAN}, "no model and mean"),
        (changed(dilate), "layer 7 has another shape where the paper has a kernel of 3, stride 1, dilation 2"),
        (changed(slant), "layer 2 has another shape"),
        (changed(reorder), "module 2 is ReLU where the paper has norm"),
        (changed(lambda chain: chain.pop()), "module 50 is nothing where the paper has Sigmoid"),
        (changed(lose), "missing norms.2.running_mean"),
        (changed(narrow), "its first layer has no even number of channels"),
        (changed(bend), r"convs.3.weight is \(16, 4, 3, 3\), not \(16, 8, 3, 3\)"),
        ({**changed(len), "mean": np.array([0.5, 0.5])}, "its mean is not a colour"),
        ({**changed(len), "mean": np.array([120.0, 115, 104])}, "its mean is not a colour"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, content, words):
    path = tmp_path / "other.t7"
    path.write_bytes(written(content))
    with pytest.raises(ModelError, match=f"other.t7: not a checkpoint as global-local has it: {words}") as caught:
        import_weights(path, "global-local")
    assert "\n" not in str(caught.value)
    assert not path.with_suffix(".safetensors").exists()


def read(tmp_path: Path, data: bytes):
    path = tmp_path / "some.t7"
    path.write_bytes(data)
    return read_torch7(path)


def test_every_kind_of_object_is_read(tmp_path):
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    part, turned = whole[1:3, 2:5], whole.T
    table = {"part": part, "turned": turned, "same": part, 3: True, "none": None, "text": "gr\xfcn", 2.5: -1.5}
    table["code"] = [Function(b"\0\1", {"x": 1}), Function(b"", {}, kind=7)]
    table["itself"] = table
    table["object"] = Torch("nn.Other", {"deep": [Torch("nn.Other"), np.array([7, 8])]}, version=3)
    found = read(tmp_path, written(table))
    np.testing.assert_array_equal(found["part"], part)
    np.testing.assert_array_equal(found["turned"], turned)
    assert found["same"] is found["part"]
    assert found["itself"] is found
    assert (found[3.0], found.get("none"), found["text"], found[2.5]) == (True, None, "gr\xfcn", -1.5)
    assert found["code"] == {1.0: None, 2.0: None}
    made = found["object"]
    assert isinstance(made, TorchObject)
    assert (made.kind, made.version) == ("nn.Other", 3)
    np.testing.assert_array_equal(made.fields["deep"][2.0], [7, 8])
    with pytest.raises(ValueError, match="read-only"):
        found["part"][0, 0] = 1


def test_damaged_files_are_refused_in_a_line(tmp_path):
    whole = written({"model": graph(modules()), "mean": MEAN})
    bad = [whole[: len(whole) * part // 97] for part in range(97)]
    bad += [b"\x09\0\0\0", number(3) + number(1) + number(10**9), b"PK\3\4 a zip file"]
    for data in bad:
        with pytest.raises(ModelError, match=r"some.t7: cannot be read as a file of Torch7") as caught:
            read(tmp_path, data)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="cannot be read"):
        read_torch7(tmp_path / "none.t7")


@pytest.mark.parametrize(
    ("place", "value"), [(0, 10**6), (1, -3), (2, 10**9), (3, -1), (4, 10**15), (4, 0)]
)  # sizes, strides, offset
def test_a_tensor_never_reaches_beyond_its_storage(tmp_path, place, value):
    data = written(np.zeros((3, 4), np.float32))
    start = data.index(b"FloatTensor") + len("FloatTensor") + 4
    assert read(tmp_path, data).shape == (3, 4)
    wrong = data[: start + 8 * place] + np.int64(value).tobytes() + data[start + 8 * place + 8 :]
    with pytest.raises(ModelError, match="cannot be read as a file of Torch7"):
        read(tmp_path, wrong)
