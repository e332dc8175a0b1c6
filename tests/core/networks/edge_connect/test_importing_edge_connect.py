"""Files as knazeri/edge-connect saves them, against a forward pass written from their names alone."""

import pytest
import torch
from torch.nn import functional as F

from pconv_cli.core.importing import import_weights
from pconv_cli.core.networks.edge_connect.canny import canny_edges
from pconv_cli.core.weights import load_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError
from pconv_cli.files.digest import sha256_of

EDGE, COLOURS = "EdgeModel_gen.pth", "InpaintingModel_gen.pth"


def shapes(inputs, outputs, width, blocks):
    """Kernels by the names of their layers; and which of them have a bias in the edge generator."""
    layers = {"encoder.1": (width, inputs, 7, 7), "encoder.4": (2 * width, width, 4, 4)}
    layers["encoder.7"] = (4 * width, 2 * width, 4, 4)
    for block in range(blocks):
        layers |= {f"middle.{block}.conv_block.{place}": (4 * width, 4 * width, 3, 3) for place in (1, 5)}
    layers |= {"decoder.0": (4 * width, 2 * width, 4, 4), "decoder.3": (2 * width, width, 4, 4)}
    return layers | {"decoder.7": (outputs, width, 7, 7)}


def edge_state(width=4, blocks=2):
    generator, state = torch.Generator().manual_seed(0), {}
    for name, shape in shapes(3, 1, width, blocks).items():
        kernel = torch.randn(shape, generator=generator) / 4
        transposed = name in ("decoder.0", "decoder.3")
        if "middle" not in name:
            state[f"{name}.bias"] = torch.randn(shape[1 if transposed else 0], generator=generator) / 10
        if name == "decoder.7":
            state[f"{name}.weight"] = kernel
            continue
        matrix = (kernel.transpose(0, 1) if transposed else kernel).flatten(1)
        # Not yet the singular vectors: what counts is what is stored.
        u = F.normalize(torch.randn(len(matrix), generator=generator), dim=0)
        v = F.normalize(matrix.T @ u, dim=0)
        state |= {f"{name}.weight_orig": kernel, f"{name}.weight_u": u, f"{name}.weight_v": v}
    return state


def colour_state(width=4, blocks=2):
    generator, state = torch.Generator().manual_seed(1), {}
    for name, shape in shapes(4, 3, width, blocks).items():
        state[f"{name}.weight"] = torch.randn(shape, generator=generator) / 4
        state[f"{name}.bias"] = torch.randn(shape[1 if name in ("decoder.0", "decoder.3") else 0], generator=generator)
    return state


def forward(state, x, blocks):
    """The network as its paper's appendix and the names say it."""

    def kernel(name):
        if f"{name}.weight" in state:
            return state[f"{name}.weight"]
        weight, u, v = (state[f"{name}.weight_{kind}"] for kind in ("orig", "u", "v"))
        matrix = (weight.transpose(0, 1) if name in ("decoder.0", "decoder.3") else weight).flatten(1)
        return weight / (u @ matrix @ v)

    def conv(x, name, reflect=0, **how):
        x = F.pad(x, (reflect,) * 4, mode="reflect") if reflect else x
        return F.conv2d(x, kernel(name), state.get(f"{name}.bias"), **how)

    def active(x):
        return F.relu(F.instance_norm(x))

    x = active(conv(x, "encoder.1", 3))
    x = active(conv(x, "encoder.4", stride=2, padding=1))
    x = active(conv(x, "encoder.7", stride=2, padding=1))
    for block in range(blocks):
        y = active(conv(x, f"middle.{block}.conv_block.1", 2, dilation=2))
        x = x + F.instance_norm(conv(y, f"middle.{block}.conv_block.5", 1))
    for name in ("decoder.0", "decoder.3"):
        x = active(F.conv_transpose2d(x, kernel(name), state[f"{name}.bias"], stride=2, padding=1))
    return conv(x, "decoder.7", 3)


@pytest.fixture
def folder(tmp_path):
    torch.save({"iteration": 7, "generator": edge_state()}, tmp_path / EDGE)
    torch.save({"iteration": 9, "generator": colour_state()}, tmp_path / COLOURS)
    return tmp_path


@pytest.mark.parametrize("named", [".", EDGE, COLOURS])
def test_what_is_imported_computes_the_same(folder, named, tmp_path):
    report = import_weights(folder / named, "edge-connect", tmp_path / "out" / "e.safetensors")
    network = load_weights(report.path)
    assert (network.spec.width, network.spec.blocks, network.spec.sigma) == (4, 2, 2.0)
    x, mask = torch.rand(1, 3, 32, 24, generator=torch.Generator().manual_seed(2)), torch.ones(1, 1, 32, 24)
    mask[..., 8:20, 6:16] = 0
    with torch.inference_mode():
        made = network(x, mask)
        grey = (x * torch.tensor([0.2125, 0.7154, 0.0721]).view(1, 3, 1, 1)).sum(1, keepdim=True)
        known = canny_edges(grey, mask, 2.0)
        seen = torch.cat([grey * mask + 1 - mask, known, 1 - mask], 1)
        drawn = torch.sigmoid(forward(edge_state(), seen, 2))
        edges = known * mask + drawn * (1 - mask)
        wanted = (torch.tanh(forward(colour_state(), torch.cat([x * mask + 1 - mask, edges], 1), 2)) + 1) / 2
    torch.testing.assert_close(made.extras["edges"], edges, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(made.output, wanted, atol=1e-5, rtol=1e-4)


def test_it_says_where_it_comes_from_and_under_which_licence(folder, tmp_path):
    report = import_weights(folder, "edge-connect", tmp_path / "e.safetensors")
    assert report.licence.startswith("CC BY-NC 4.0")
    card = describe_weights(report.path).card
    assert card["source_file"] == f"{EDGE}, {COLOURS}"
    assert card["source_sha256"] == f"{sha256_of(folder / EDGE)}, {sha256_of(folder / COLOURS)}"
    assert card["licence"] == report.licence


def test_files_of_several_gpus_have_a_prefix(folder, tmp_path):
    several = {f"module.{name}": value for name, value in edge_state().items()}
    torch.save({"iteration": 7, "generator": several}, folder / EDGE)
    assert import_weights(folder, "edge-connect", tmp_path / "e.safetensors").spec.width == 4


def changed(state, **new):
    return {"generator": {name: value for name, value in {**state, **new}.items() if value is not None}}


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (EDGE, None, f"{EDGE}: no such file; name a folder that holds {EDGE} and {COLOURS}"),
        (COLOURS, None, f"{COLOURS}: no such file"),
        (EDGE, changed(edge_state(), **{"encoder.4.weight_u": None}), f"{EDGE}: .*missing encoder.4.weight_u"),
        (EDGE, changed(edge_state(), extra=torch.zeros(1)), f"{EDGE}: .*unexpected extra"),
        (
            COLOURS,
            changed(colour_state(), **{"decoder.7.bias": torch.zeros(9)}),
            r"decoder.7.bias is \(9,\), not \(3,\)",
        ),
        (COLOURS, changed(colour_state(8)), r"has width and residual blocks \(4, 2\), .*\(8, 2\)"),
        (EDGE, {"discriminator": {}}, "has no entry 'generator'"),
        (EDGE, {"generator": [torch.nn.Linear]}, "holds more than tensors and plain values"),
    ],
)
def test_what_does_not_fit_is_one_line(folder, tmp_path, file, content, message):
    (folder / file).unlink() if content is None else torch.save(content, folder / file)
    with pytest.raises(ModelError, match=message) as caught:
        import_weights(folder, "edge-connect", tmp_path / "e.safetensors")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "e.safetensors").exists()
