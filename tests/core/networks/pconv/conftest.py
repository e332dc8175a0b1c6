"""Checkpoints as other projects have them, of random values, 2 channels wide on the first level."""

import h5py
import pytest
import torch

KERNELS = (7, 5, 5, 3, 3, 3, 3, 3)


def tables(depth, width=2):
    """(input channels, output channels, kernel) of the encoder, and of the decoder with the image's level last."""
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


@pytest.fixture
def checkpoints():
    """Makers by family: (folder) to the file and its values."""
    return MAKERS


@pytest.fixture
def keras_file():
    """Writes values by path into a file: (path, values)."""
    return write_h5
