"""The released weights: what TensorFlow's Saver writes, and conversions of it, held against an independent forward."""

import base64
import math
import struct

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from pconv_cli import load_weights
from pconv_cli.cli.app import app
from pconv_cli.core.importing import import_weights
from pconv_cli.core.importing.tensorflow import is_bundle, read_bundle
from pconv_cli.core.networks.contextual_attention.network import ContextualAttention, ContextualAttentionSpec
from pconv_cli.core.networks.gated.network import Gated, GatedSpec
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError
from pconv_cli.files.images import read_image, write_rgb

# Written by TensorFlow 2.21's tf.compat.v1.train.Saver: two variables of a network, and the number of a step.
REAL = {
    "snap-0.index": ""
    "AAAGCAEaAggBAAsLZ2xvYmFsX3N0ZXAICRIAKAg1u9efEQAWEWlucGFpbnRfbmV0L2NvbnYxL2JpYXMIARIEEgIIAiAIKAg1VFfC"
    "LBIGHWtlcm5lbAgBEhASAggBEgIIARICCAMSAggCIBAoGDXA2z0XAAAAAAEAAAAAlsLPMwAAAAABAAAAAMDyobAAAQJqAHoAAAAA"
    "AQAAAAC1KfZnfwiMAQ4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFf7gIskdUfb",
    "snap-0.data-00000-of-00001": "BwAAAAAAAAAAAAA/AAAAwAAAAAAAAIA/AAAAQAAAQEAAAIBAAACgQA==",
}


@pytest.fixture
def real(tmp_path):
    for name, text in REAL.items():
        (tmp_path / name).write_bytes(base64.b64decode(text))
    return tmp_path / "snap-0.index"


def test_a_file_of_tensorflows_own_is_read(real):
    for path in (real, real.with_name("snap-0.data-00000-of-00001"), real.with_name("snap-0.meta")):
        assert is_bundle(path)
        values = read_bundle(path, lambda name: "conv1" in name)
        assert values.keys() == {"inpaint_net/conv1/kernel", "inpaint_net/conv1/bias"}
        assert values["inpaint_net/conv1/bias"].tolist() == [0.5, -2]
        assert torch.equal(values["inpaint_net/conv1/kernel"], torch.arange(6.0).view(1, 1, 3, 2))
    assert not is_bundle(real.with_name("states.pth"))
    with pytest.raises(ModelError, match=r"snap-0.index: global_step is not of float32"):
        read_bundle(real, lambda name: True)


def test_damaged_files_of_tensorflows_are_refused(real):
    """Any byte of the index that is other, and any of the values."""
    data = real.with_name("snap-0.data-00000-of-00001")
    for path, begin, end in ((real, 0, 127), (real, 140, 159), (real, -8, 0), (data, 8, 40)):
        whole = path.read_bytes()
        for place in range(begin, end, 3):
            other = bytearray(whole)
            other[place] ^= 64
            path.write_bytes(other)
            with pytest.raises(ModelError, match=r"snap-0\.\S+: cannot be read as a checkpoint of TensorFlow"):
                read_bundle(real, lambda name: "conv1" in name)
        for length in (0, 7, len(whole) - 1):
            path.write_bytes(whole[:length])
            with pytest.raises(ModelError, match="cannot be read as a checkpoint of TensorFlow"):
                read_bundle(real, lambda name: "conv1" in name)
        path.write_bytes(whole)
    data.unlink()
    with pytest.raises(ModelError, match=r"snap-0.data-00000-of-00001: cannot be read \(no such file"):
        read_bundle(real, lambda name: "conv1" in name)


# Synthetic files.
ENCODED = "1 2_downsample 3 4_downsample 5 6"
DILATED = "7_atrous 8_atrous 9_atrous 10_atrous"
DECODED = "11 12 13_upsample 14 15_upsample 16 17"
LAYERS = {
    "conv": f"{ENCODED} {DILATED} {DECODED}".split(),
    "xconv": f"{ENCODED} {DILATED}".split(),
    "pmconv": f"{ENCODED} 9 10".split(),
    "allconv": DECODED.split(),
}
FILTERS = {
    "conv": [2, 4, 4, *[8] * 9, 4, 4, 2, 1],
    "xconv": [2, 2, 4, 4, *[8] * 6],
    "pmconv": [2, 2, 4, 8, 8, 8, 8, 8],
    "allconv": [8, 8, 4, 4, 2, 1],
}


def random_layers(width, gated):
    """Kernels ``(O, I, k, k)`` and biases of a network, by the names of its layers."""
    rng = np.random.default_rng(0)
    halves = 2 if gated else 1
    layers = {}
    for branch, names in LAYERS.items():
        before = {"conv": 5, "allconv": 2 * 4 * width // halves}.get(branch, 3 if gated else 5)
        filters = [width * n // 2 for n in FILTERS[branch]] + [3] * (branch in ("conv", "allconv"))
        for name, count in zip(names, filters, strict=True):
            size = 5 if name == "1" else 3
            kernel = rng.normal(size=(count, before, size, size)) / math.sqrt(before * size * size)
            layers[branch + name] = kernel.astype(np.float32), rng.normal(size=count).astype(np.float32) / 4
            before = count // halves if count != 3 else 3
    return layers


def one_byte(value):
    """Divide a byte by Castagnoli's polynomial, bit by bit."""
    for _ in range(8):
        value = value >> 1 ^ 0x82F63B78 * (value & 1)
    return value


BYTES = [one_byte(value) for value in range(256)]


def crc32c(data):
    """Give LevelDB's masked checksum."""
    value = 0xFFFFFFFF
    for byte in data:
        value = BYTES[value & 255 ^ byte] ^ value >> 8
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def block(entries):
    out, last = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return out + struct.pack("<II", 0, 1)


def write_snapshot(folder, values):
    """Write variables as the Saver does, a few of them a block."""
    data, entries = b"", [(b"", b"\x08\x01\x1a\x02\x08\x01")]
    for name in sorted(values):
        value = values[name].astype("<f4").tobytes()
        dims = b"".join(b"\x12" + varint(len(d)) + d for d in (b"\x08" + varint(n) for n in values[name].shape))
        entry = b"\x08\x01\x12" + varint(len(dims)) + dims + b"\x20" + varint(len(data)) + b"\x28" + varint(len(value))
        entries.append((name.encode(), entry + b"\x35" + struct.pack("<I", crc32c(value))))
        data += value
    index, places = b"", []
    for first in range(0, len(entries), 7):
        some = entries[first : first + 7]
        content = block(some) + b"\x00"
        places.append((some[-1][0], varint(len(index)) + varint(len(content) - 1)))
        index += content + struct.pack("<I", crc32c(content))
    footer = b""
    for content in (block([]) + b"\x00", block(places) + b"\x00"):
        footer += varint(len(index)) + varint(len(content) - 1)
        index += content + struct.pack("<I", crc32c(content))
    index += footer.ljust(40, b"\x00") + struct.pack("<Q", 0xDB4775248B80FB57)
    (folder / "snap-9.index").write_bytes(index)
    (folder / "snap-9.data-00000-of-00001").write_bytes(data)
    return folder / "snap-9.index"


def snapshot(folder, layers):
    values = {"inpaint_net/conv1/kernel/Adam": np.zeros(3), "discriminator/conv1/kernel": np.zeros((1, 2))}
    for name, (kernel, bias) in layers.items():
        scope = f"inpaint_net/{name}{f'/{name}_conv' if 'upsample' in name else ''}"
        values |= {f"{scope}/kernel": kernel.transpose(2, 3, 1, 0), f"{scope}/bias": bias}
    return write_snapshot(folder, values)


def converted(folder, layers, **others):
    state = {}
    for name, (kernel, bias) in layers.items():
        inner = f"{name}.conv{'.conv' if 'upsample' in name else ''}"
        state |= {f"{inner}.weight": torch.from_numpy(kernel), f"{inner}.bias": torch.from_numpy(bias)}
    torch.save({"G": state | others, "D": {"conv1.weight": torch.zeros(1)}}, folder / "states.pth")
    return folder / "states.pth"


@pytest.mark.parametrize(
    ("family", "gated", "write", "bgr"),
    [
        ("deepfill1", False, snapshot, True),
        ("deepfill2", True, snapshot, True),
        ("deepfill2", True, converted, False),
        ("deepfill2-bgr", True, converted, True),
    ],
)
def test_an_imported_network_computes_what_the_original_does(family, gated, write, bgr, tmp_path, oracle):
    layers = random_layers(4, gated)
    report = import_weights(write(tmp_path, layers), family, tmp_path / "w.safetensors")
    assert report.spec == (GatedSpec(4) if gated else ContextualAttentionSpec(4))
    network = load_weights(report.path).double()
    x, mask = torch.rand(1, 3, 24, 32, dtype=torch.float64), torch.ones(1, 1, 24, 32, dtype=torch.float64)
    mask[..., 6:17, 9:22] = 0
    with torch.no_grad():
        output, coarse, _ = network(x, mask)

    def order(image):
        return image[::-1] if bgr else image

    theirs = oracle.forward(2 * order(x[0].numpy()) - 1, 1 - mask[0].numpy(), layers.__getitem__, gated)
    for ours, their in zip((coarse, output), theirs, strict=True):
        np.testing.assert_allclose(2 * ours[0].numpy() - 1, order(their), atol=1e-9)


@pytest.mark.parametrize("family", ["deepfill1", "deepfill2", "deepfill2-bgr"])
def test_the_licence_is_said_and_written(family, tmp_path):
    write = snapshot if family == "deepfill1" else converted
    report = import_weights(
        write(tmp_path, random_layers(4, family != "deepfill1")), family, tmp_path / "w.safetensors"
    )
    card = describe_weights(report.path).card
    assert "CC BY-NC 4.0" in report.licence
    assert card["licence"] == report.licence
    assert ("BGR" in report.warning) == (family != "deepfill1")


def test_what_is_missing_left_over_or_of_another_network_is_one_line(tmp_path):
    layers = random_layers(4, True)
    del layers["pmconv9"]
    kernel, bias = layers["xconv3"]
    layers["xconv3"] = kernel[:, :1], bias
    source = converted(tmp_path, layers, other=torch.zeros(1))
    words = r"missing pmconv9.conv.weight.*unexpected other; xconv3.conv.weight is \(8, 1, 3, 3\), not \(8, 2, 3, 3\)"
    with pytest.raises(ModelError, match=words):
        import_weights(source, "deepfill2")
    assert not source.with_suffix(".safetensors").exists()
    with pytest.raises(ModelError, match=r"snap-9.index: not a checkpoint as deepfill1 has it: .*conv3/kernel is"):
        import_weights(snapshot(tmp_path, random_layers(4, True)), "deepfill1")
    with pytest.raises(ModelError, match=r"snap-9.index: no such network has width 6: widths are multiples of 4"):
        import_weights(snapshot(tmp_path, random_layers(6, False)), "deepfill2")


def test_networks_of_others_that_are_not_the_original_are_refused_with_the_reason(tmp_path):
    path = tmp_path / "theirs.pth"
    torch.save({"meta": {}, "state_dict": {"generator.stage1.encoder.enc1.conv.weight": torch.zeros(1)}}, path)
    with pytest.raises(ModelError, match=r"theirs.pth: a network of mmagic's, which is another one: its padding"):
        import_weights(path, "deepfill2")
    torch.save({"G": {"stage1.conv1.conv.weight": torch.zeros(1)}}, path)
    with pytest.raises(ModelError, match=r"theirs.pth: trained for PyTorch's padding.* take .*states_tf"):
        import_weights(path, "deepfill2")
    torch.save({"other": 1}, path)
    with pytest.raises(ModelError, match=r"theirs.pth: has no entry 'G'"):
        import_weights(path, "deepfill2-bgr")
    with pytest.raises(ModelError, match=r"theirs.pth: cannot be read as a checkpoint of TensorFlow"):
        import_weights(path, "deepfill1")


def test_both_networks_are_of_the_names_that_importers_make():
    assert issubclass(Gated, torch.nn.Module)
    assert {n.split(".")[1] for n, _ in Gated(GatedSpec(4)).named_parameters()} == {
        f"{branch}{name}" for branch, names in LAYERS.items() for name in names
    }
    assert len(list(ContextualAttention(ContextualAttentionSpec(2)).parameters())) == 2 * 42


def test_the_command_imports_says_the_licence_and_fills_with_what_it_made(tmp_path):
    def pconv(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments])

    source = converted(tmp_path, random_layers(4, True))
    result = pconv("weights", "import", source, "--from", "deepfill2")
    assert result.exit_code == 0, result.output
    assert "CC BY-NC 4.0" in result.stderr
    assert "warning: the original was trained on BGR" in result.stderr
    shown = pconv("weights", "show", tmp_path / "states.safetensors").stdout
    assert "CC BY-NC 4.0" in shown
    rgb = np.random.default_rng(0).integers(0, 256, (44, 50, 3), np.uint8)
    mask = np.zeros((44, 50, 3), np.uint8)
    mask[20:30, 20:34] = 255
    for folder, samples in (("in", rgb), ("m", mask)):
        (tmp_path / folder).mkdir()
        write_rgb(tmp_path / folder / "a.png", samples)
    folders = (tmp_path / "in", "--masks", tmp_path / "m", "--out", tmp_path / "out", "--texture", 0)
    result = pconv("inpaint", *folders, "--weights", tmp_path / "states.safetensors", "--device", "cpu")
    assert result.exit_code == 0, result.output
    filled = read_image(tmp_path / "out" / "a.png").samples
    assert np.array_equal(filled[mask == 0], rgb[mask == 0])
    assert not np.array_equal(filled, rgb)
    result = pconv("weights", "import", source, "--from", "deepfill1", "--out", tmp_path / "w.safetensors")
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)
