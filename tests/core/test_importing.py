"""Others' checkpoints: each family against its own formula, in float64 and with a mask for every channel.

The forward passes here share nothing with the program: kernels, scaling, order of concatenation, normalisation and head
are written down as each project has them. Networks have the families' depth and 2 channels on the first level.
"""

import re

import h5py
import pytest
import torch
from safetensors import safe_open
from torch.nn import functional as F

from pconv_cli.core import load_weights
from pconv_cli.core.importing import FAMILIES, import_weights
from pconv_cli.core.weights import describe_weights, weights_hash
from pconv_cli.errors import ModelError, UsageError

KERNELS = (7, 5, 5, 3, 3, 3, 3, 3)
IMAGENET = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], dtype=torch.float64).view(2, 1, 3, 1, 1)


def tables(depth, width=2):
    """(input channels, output channels, kernel) of the encoder, and of the decoder with the picture's level last."""
    channels = [3] + [width * min(2**i, 8) for i in range(depth)]
    encoder = [(channels[i], channels[i + 1], KERNELS[i]) for i in range(depth)]
    decoder = [(channels[i + 1] + channels[i], channels[i], 3) for i in reversed(range(depth))]
    # The decoder's input is what comes from below, which has as many channels as the encoder's level beside it.
    return encoder, decoder


def kernel(out_channels, in_channels, size):
    return torch.randn(out_channels, in_channels, size, size) * (2 / (in_channels * size * size)) ** 0.5


def norm(prefix, channels):
    return {
        f"{prefix}.weight": 0.5 + torch.rand(channels),
        f"{prefix}.bias": 0.3 * torch.randn(channels),
        f"{prefix}.running_mean": 0.5 * torch.randn(channels),
        f"{prefix}.running_var": 0.5 + 1.5 * torch.rand(channels),
        f"{prefix}.num_batches_tracked": torch.tensor(7),
    }


def naoto0804(folder):
    encoder, decoder = tables(7)
    state = {}
    levels = [(f"enc_{i + 1}", row) for i, row in enumerate(encoder)]
    levels += [(f"dec_{7 - i}", row) for i, row in enumerate(decoder)]
    for name, (cin, cout, size) in levels:
        state[f"{name}.conv.input_conv.weight"] = kernel(cout, cin, size) * cin * size * size
        state[f"{name}.conv.mask_conv.weight"] = torch.ones(cout, cin, size, size)
        if not name.endswith("_1"):
            state |= norm(f"{name}.bn", cout)
    state["dec_1.conv.input_conv.bias"] = torch.randn(3)
    optimizer = {"state": {0: {"step": 3}}, "param_groups": [{"lr": 2e-4}]}
    torch.save({"n_iter": 1, "model": state, "optimizer": optimizer}, folder / "1000000.pth")
    return folder / "1000000.pth", state


def mmagic(folder):
    encoder, decoder = tables(7)
    state = {}
    levels = [(f"generator.encoder.enc{i + 1}", row) for i, row in enumerate(encoder)]
    levels += [(f"generator.decoder.dec{7 - i}", row) for i, row in enumerate(decoder)]
    for name, (cin, cout, size) in levels:
        state[f"{name}.conv.weight"] = kernel(cout, cin, size)
        state[f"{name}.conv.weight_mask_updater"] = torch.ones(cout, cin, size, size)
        if name.endswith("c1"):
            state[f"{name}.conv.bias"] = torch.randn(cout)
        else:
            state |= norm(f"{name}.bn", cout)
    vgg = {"loss_percep.vgg.mean": torch.zeros(1, 3, 1, 1)}
    torch.save({"meta": {"iter": 1}, "state_dict": {**state, **vgg}}, folder / "pconv.pth")
    return folder / "pconv.pth", state


def rizvi(folder):
    encoder, decoder = tables(7)
    state = {f"enc_{i + 1}.conv.weight": 0.8 * kernel(b, a, k) for i, (a, b, k) in enumerate(encoder)}
    state |= {f"dec_{7 - i}.conv.weight": 0.8 * kernel(b, a, k) for i, (a, b, k) in enumerate(decoder)}
    state |= {"enc_8.conv.weight": kernel(16, 16, 3), "dec_8.conv.weight": kernel(16, 32, 3)}
    state["dec_1.conv.bias"] = torch.randn(3)
    torch.save({"model": state}, folder / "pretrained_pconv.pth")
    return folder / "pretrained_pconv.pth", state


def ja3067(folder):
    encoder, decoder = tables(8)
    state = {}
    for i, (cin, cout, size) in enumerate(encoder + decoder):
        state[f"module.conv{i + 1}.conv.weight"] = kernel(cout, cin, size)
        if i < 15:
            state |= norm(f"module.conv{i + 1}.bn", cout)
    state["module.conv16.conv.bias"] = 0.3 * torch.randn(3)
    torch.save(state, folder / "parameters.pt")
    return folder / "parameters.pt", state


def keras(folder):
    encoder, decoder = tables(8)
    state = {}
    for i, (cin, cout, size) in enumerate(encoder + decoder):
        layer = f"p_conv2d_{17 + i}"
        state[f"{layer}/{layer}/img_kernel:0"] = (kernel(cout, cin, size) * cin).permute(2, 3, 1, 0)
        state[f"{layer}/{layer}/bias:0"] = 0.5 * torch.randn(cout)
        if i not in (0, 15):
            layer = f"EncBN{i}" if i < 8 else f"batch_normalization_{i}"
            state[f"{layer}/{layer}/gamma:0"] = 0.5 + torch.rand(cout)
            state[f"{layer}/{layer}/beta:0"] = 0.3 * torch.randn(cout)
            state[f"{layer}/{layer}/moving_mean:0"] = 0.5 * torch.randn(cout)
            state[f"{layer}/{layer}/moving_variance:0"] = 0.3 + torch.rand(cout)
    state["outputs_img/outputs_img/kernel:0"] = torch.randn(1, 1, 3, 3)
    state["outputs_img/outputs_img/bias:0"] = torch.randn(3)
    write_h5(folder / "pconv_imagenet.h5", state)
    return folder / "pconv_imagenet.h5", state


def write_h5(path, state):
    with h5py.File(path, "w") as file:
        file.attrs["backend"] = "tensorflow"
        file.create_group("activation_1")
        for name, value in state.items():
            file[name] = value.numpy()


MAKERS = {"naoto0804": naoto0804, "mmagic": mmagic, "rizvi": rizvi, "ja3067": ja3067, "keras": keras}


def window(x, mask, weight, stride):
    """conv(x*m, W), and s for a mask of as many channels as x has."""
    padding = weight.shape[-1] // 2
    s = F.conv2d(mask, torch.ones_like(weight), None, stride, padding)
    return F.conv2d(x * mask, weight, None, stride, padding), s


def normalise(y, values, eps=1e-5):
    weight, bias, mean, variance = (v.view(1, -1, 1, 1) for v in values)
    return (y - mean) / torch.sqrt(variance + eps) * weight + bias


def unet(x, mask, depth, level, skip_first=False):
    """Run ``level(number, x, mask)`` down and up, numbers 1 to 2 * depth; the decoder's LeakyReLU is the caller's."""
    sources, y, m = [(x, mask)], x, mask
    for number in range(1, depth + 1):
        y, m = level(number, y, m)
        sources.append((y, m))
    sources.pop()
    for number in range(depth + 1, 2 * depth + 1):
        skip, skip_mask = sources.pop()
        y, m = (t.repeat_interleave(2, 2).repeat_interleave(2, 3) for t in (y, m))
        both, masks = ((skip, y), (skip_mask, m)) if skip_first else ((y, skip), (m, skip_mask))
        y, m = level(number, torch.cat(both, 1), torch.cat(masks, 1))
    return y


def bn_of(state, prefix):
    return [state[f"{prefix}.{n}"] for n in ("weight", "bias", "running_mean", "running_var")]


def activate(y, number, depth):
    return y.clamp(min=0) if number <= depth else torch.where(y > 0, y, 0.2 * y)


def forward_naoto0804(state, x, mask):
    def level(number, y, m):
        name = f"enc_{number}" if number <= 7 else f"dec_{15 - number}"
        z, s = window(y, m, state[f"{name}.conv.input_conv.weight"], 2 if number <= 7 else 1)
        bias = state["dec_1.conv.input_conv.bias"].view(1, -1, 1, 1) if name == "dec_1" else 0
        z = torch.where(s == 0, 0, z / torch.where(s == 0, 1, s) + bias)
        if not name.endswith("_1"):
            z = normalise(z, bn_of(state, f"{name}.bn"))
        return z if name == "dec_1" else activate(z, number, 7), (s > 0).double()

    mean, deviation = IMAGENET
    return unet((x - mean) / deviation * mask, mask, 7, level) * deviation + mean


def forward_mmagic(state, x, mask):
    def level(number, y, m):
        name = f"generator.encoder.enc{number}" if number <= 7 else f"generator.decoder.dec{15 - number}"
        weight, bias = state[f"{name}.conv.weight"], state.get(f"{name}.conv.bias")
        z, s = window(y, m, weight, 2 if number <= 7 else 1)
        new = s.clamp(0, 1)
        ratio = weight[0].numel() / (s + 1e-8) * new
        z = z * ratio if bias is None else (z * ratio + bias.view(1, -1, 1, 1)) * new
        if bias is None:
            z = normalise(z, bn_of(state, f"{name}.bn"))
        return z if number == 14 else activate(z, number, 7), new

    return (unet((2 * x[:, [2, 1, 0]] - 1) * mask, mask, 7, level)[:, [2, 1, 0]] + 1) / 2


def forward_rizvi(state, x, mask):
    def level(number, y, m):
        name = f"enc_{number}" if number <= 7 else f"dec_{15 - number}"
        weight = state[f"{name}.conv.weight"]
        z, s = window(y, m, weight, 2 if number <= 7 else 1)
        ratio = weight[0].numel() / (s + 1e-8) * s.clamp(0, 1)
        if name == "dec_1":
            return (z * ratio + state["dec_1.conv.bias"].view(1, -1, 1, 1)) * ratio, s.clamp(0, 1)
        return activate(z * ratio, number, 7), s.clamp(0, 1)

    return unet(x * mask, mask, 7, level)


def forward_ja3067(state, x, mask):
    def level(number, y, m):
        name = f"module.conv{number}"
        weight = state[f"{name}.conv.weight"]
        z, s = window(y, m, weight, 2 if number <= 8 else 1)
        new = s.clamp(0, 1)
        z = z * (weight[0].numel() / (s + 1e-8) * new)
        if number == 16:
            return torch.tanh((z + state[f"{name}.conv.bias"].view(1, -1, 1, 1)) * new), new
        return activate(normalise(z, bn_of(state, f"{name}.bn")), number, 8), new

    mean, deviation = IMAGENET
    return unet((x - mean) / deviation * mask, mask, 8, level) * deviation + mean


def forward_keras(state, x, mask):
    def value(layer, name):
        return state[f"{layer}/{layer}/{name}:0"]

    def level(number, y, m):
        layer = f"p_conv2d_{16 + number}"
        weight = value(layer, "img_kernel").permute(3, 2, 0, 1)
        z, s = window(y, m, weight, 2 if number <= 8 else 1)
        z = z * (weight.shape[2] ** 2 / (s + 1e-8)) * s.clamp(0, 1) + value(layer, "bias").view(1, -1, 1, 1)
        if number not in (1, 16):
            layer = f"EncBN{number - 1}" if number <= 8 else f"batch_normalization_{number - 1}"
            z = normalise(z, [value(layer, n) for n in ("gamma", "beta", "moving_mean", "moving_variance")], 1e-3)
        return activate(z, number, 8), s.clamp(0, 1)

    y = unet(x, mask, 8, level, skip_first=True)
    kernel, bias = value("outputs_img", "kernel")[0, 0], value("outputs_img", "bias")
    return torch.sigmoid(torch.einsum("nihw,io->nohw", y, kernel) + bias.view(1, -1, 1, 1))


FORWARD = {
    "naoto0804": forward_naoto0804,
    "mmagic": forward_mmagic,
    "rizvi": forward_rizvi,
    "ja3067": forward_ja3067,
    "keras": forward_keras,
}


def damaged():
    """A picture, and a mask with a large hole, one at the border and scattered ones."""
    torch.manual_seed(1)
    x, mask = torch.rand(1, 3, 256, 256), (torch.rand(1, 1, 256, 256) > 0.1).float()
    mask[..., 40:150, 90:200] = 0
    mask[..., 200:, :70] = 0
    return x, mask


@pytest.mark.parametrize("family", FAMILIES)
def test_an_imported_network_computes_what_its_family_does(tmp_path, family):
    torch.manual_seed(0)
    source, state = MAKERS[family](tmp_path)
    report = import_weights(source, family)
    assert report.path == source.with_suffix(".safetensors")
    x, mask = damaged()
    with torch.no_grad():
        state = {name: value.double() for name, value in state.items()}
        theirs = FORWARD[family](state, x.double(), mask.double().expand(-1, 3, -1, -1))
        ours = load_weights(report.path)(x, mask)
    assert theirs.std() > 0.05
    difference = (ours - theirs).abs() / theirs.abs().clamp(min=1)
    for part in (mask, 1 - mask):
        assert (difference * part).max() < 1e-4


def test_what_is_imported_says_where_it_comes_from(tmp_path):
    source, _ = naoto0804(tmp_path)
    report = import_weights(source, "naoto0804", tmp_path / "theirs" / "n.safetensors")
    info = describe_weights(report.path)
    assert info.spec == report.spec
    assert (info.spec.width, info.spec.depth, info.spec.values) == (2, 7, "imagenet")
    assert info.card["source_sha256"] == weights_hash(source)
    assert info.card["source_file"] == "1000000.pth"
    assert "checked" in info.card["licence"]
    assert "softly" in report.warning
    assert "softly" in info.card["warning"]
    with safe_open(report.path, "pt") as file:
        assert "imagenet" in file.metadata()["spec"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_missing_unexpected_and_misshapen_value_is_named(tmp_path, family):
    source, state = MAKERS[family](tmp_path)
    if family == "keras":
        lost = "EncBN3/EncBN3/beta:0", "outputs_img/outputs_img/bias:0"
        odd, extra = "p_conv2d_20/p_conv2d_20/bias:0", "dense_1/dense_1/kernel:0"
        shown = ("EncBN3/beta", "outputs_img/bias", "p_conv2d_20/bias is (9,), not (16,)", "dense_1/kernel")
    else:
        names = [n for n in state if n.endswith("weight") and "8" not in n and "_ones" not in n and "mask" not in n]
        lost, odd, extra = (names[2], names[-1]), names[5], "conv99.weight"
        shown = tuple(n.removeprefix("module.") for n in (*lost, f"{odd} is (9,), not (", extra))
    for name in lost:
        del state[name]
    state[odd], state[extra] = torch.zeros(9), torch.zeros(2)
    if family == "keras":
        write_h5(source, state)
    else:
        entry = {"naoto0804": "model", "mmagic": "state_dict", "rizvi": "model", "ja3067": None}[family]
        torch.save({entry: state} if entry else state, source)
    with pytest.raises(ModelError) as caught:
        import_weights(source, family)
    message = str(caught.value)
    assert "\n" not in message
    assert str(source) in message
    for name in shown:
        assert name in message
    assert not source.with_suffix(".safetensors").exists()


def test_kernels_that_sum_masks_have_to_be_ones(tmp_path):
    source, state = naoto0804(tmp_path)
    state["enc_3.conv.mask_conv.weight"][0, 0, 0, 0] = 2
    torch.save({"model": state}, source)
    with pytest.raises(ModelError, match=r"enc_3.conv.mask_conv.weight holds other values than ones"):
        import_weights(source, "naoto0804")


def test_layers_of_keras_are_counted(tmp_path):
    source, state = keras(tmp_path)
    write_h5(source, {name: value for name, value in state.items() if "p_conv2d_32" not in name})
    with pytest.raises(ModelError, match="16 layers p_conv2d expected, found 15"):
        import_weights(source, "keras")


@pytest.mark.parametrize("family", FAMILIES)
def test_damaged_and_foreign_files_are_refused(tmp_path, family):
    source, _ = MAKERS[family](tmp_path)
    whole = source.read_bytes()
    other = tmp_path / "torch.pth"
    torch.save([1, 2], other)
    for content in (whole[: len(whole) // 2], whole[:100], b"", b"not a checkpoint at all", other.read_bytes()):
        source.write_bytes(content)
        with pytest.raises(ModelError, match=re.escape(str(source))) as caught:
            import_weights(source, family)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="no such file"):
        import_weights(tmp_path / "none.pth", family)
    assert not source.with_suffix(".safetensors").exists()


class Code:
    """What a hostile pickle does: calls a function of its choice."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_pickle_is_refused_and_not_run(tmp_path, zipped):
    source, state = rizvi(tmp_path)
    torch.save({"model": state, "more": Code(tmp_path / "ran")}, source, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match="could run code and is not loaded"):
        import_weights(source, "rizvi")
    assert not (tmp_path / "ran").exists()


def test_an_entry_that_is_missing_is_named(tmp_path):
    source, state = rizvi(tmp_path)
    torch.save(state, source)
    with pytest.raises(ModelError, match="has no entry 'model'"):
        import_weights(source, "rizvi")
    torch.save({"model": 3}, source)
    with pytest.raises(ModelError, match="holds a int where a dictionary"):
        import_weights(source, "rizvi")


def test_without_h5py_the_extra_is_named(tmp_path, monkeypatch):
    source, _ = keras(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ModelError, match=r"pip install 'pconv-cli\[keras\]'"):
        import_weights(source, "keras")


def test_nothing_is_overwritten_unasked_and_the_checkpoint_never(tmp_path):
    source, _ = rizvi(tmp_path)
    target = import_weights(source, "rizvi").path
    with pytest.raises(UsageError, match="exists already"):
        import_weights(source, "rizvi")
    assert import_weights(source, "rizvi", overwrite=True).path == target
    before = source.read_bytes()
    with pytest.raises(UsageError, match="is the checkpoint itself"):
        import_weights(source, "rizvi", source, overwrite=True)
    assert source.read_bytes() == before
    with pytest.raises(UsageError, match="no such family"):
        import_weights(source, "nvidia")
