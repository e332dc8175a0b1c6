"""Train the detector of `pconv masks detect`, and write the file that ships.

    python benchmarks/detection_training.py --shards DATA/*.tar --held-out HELD.txt --out detector.pt --minutes 20
    python benchmarks/detection_training.py --shards DATA/*.tar --held-out HELD.txt --out more.pt --init detector.pt \
        --side 224 --batch 6 --rate 0.001 --minutes 15
    python benchmarks/detection_training.py --out damage.safetensors --fold more.pt --card CARD.json

Crops are those of `detection_crops.py`. The loss is the weighted binary cross-entropy (pixels of damage count
``--positive`` times) and, for each kind, the Dice loss of the batch; AdamW, the rate falls as a cosine. What is saved
is the moving average of the weights.

References:
    F. Milletari, N. Navab and S.-A. Ahmadi, V-Net, 3DV 2016 (Dice loss).
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from detection_crops import IGNORED, KIND_SHARES, Crops, draw_bank, read_shards
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from pconv_cli.masks.detect.learned import KINDS
from pconv_cli.masks.detect.network import DamageNetwork, inputs

ENTROPY = torch.tensor([10.0, 10.0, 30.0, 30.0])[:, None, None]
"""Weight of the cross-entropy by kind; lines are few pixels."""

SMOOTH = 20
FIRST_LOGIT = -4
"""Damage is rare: the network begins by finding none."""


def normed(network: DamageNetwork) -> DamageNetwork:
    """Put a BatchNorm after each convolution that has a ReLU; it takes over the bias. The network itself is changed."""
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential) and isinstance(module[0], nn.Conv2d):
            module[0].register_parameter("bias", None)
            module.insert(1, nn.BatchNorm2d(module[0].out_channels))
    return network


def folded(network: DamageNetwork) -> DamageNetwork:
    """Fold the BatchNorm of `normed` into the convolutions; the function stays the same. The network is changed."""
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential) and isinstance(module[0], nn.Conv2d):
            module[0] = torch.nn.utils.fusion.fuse_conv_bn_eval(module[0].eval(), module[1].eval())
            del module[1]
    return network.eval()


def unfolded(network: DamageNetwork, shown: torch.Tensor) -> DamageNetwork:
    """Give each convolution with a ReLU a BatchNorm that leaves the function as it is; the network itself is changed.

    Args:
        network: As it ships.
        shown: Inputs ``(N, 6, h, w)``, by which the BatchNorms learn their means and deviations.
    """
    biases = [m[0].bias.detach() for m in network.modules() if isinstance(m, nn.Sequential) and hasattr(m[0], "bias")]
    layers = [m for m in normed(network).modules() if isinstance(m, nn.Sequential) and len(m) == 3]

    def fit(norm: nn.BatchNorm2d, bias: torch.Tensor) -> Callable[..., None]:
        def hook(_module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            variance, mean = torch.var_mean(given[0], (0, 2, 3), unbiased=False)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(mean + bias)

        return hook

    hooks = [layer[1].register_forward_pre_hook(fit(layer[1], b)) for layer, b in zip(layers, biases, strict=True)]
    with torch.no_grad():
        network.eval()(shown)  # a layer's inputs are those of the fitted layers before it
    for hook in hooks:
        hook.remove()
    return network.train()


def shipped(file: Path, crops: Crops) -> dict[str, torch.Tensor]:
    """Read weights as they ship, as those of a network to train on."""
    network = DamageNetwork(len(KINDS))
    network.load_state_dict({name: value.float() for name, value in load_file(file).items()})
    rgb, _, _ = crops.batch(64)
    shown = np.stack([inputs(image / np.float32(255)) for image in rgb])
    return unfolded(network, torch.from_numpy(shown).permute(0, 3, 1, 2)).state_dict()


def train(options: argparse.Namespace) -> None:
    """Train for some minutes, and write the network now and then."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    network, average = normed(DamageNetwork(len(KINDS))), normed(DamageNetwork(len(KINDS)))
    torch.nn.init.constant_(network.head.bias, FIRST_LOGIT)
    held_out = set(options.held_out.read_text("utf-8").split()) if options.held_out else set()
    images = read_shards(options.shards, held_out)
    rng = np.random.default_rng([options.seed, 7])
    bank = draw_bank(options.masks, options.seed)
    crops = Crops(images, bank, rng, options.side, options.sound, options.second, options.shares)
    if options.init:
        is_shipped = options.init.suffix == ".safetensors"
        network.load_state_dict(shipped(options.init, crops) if is_shipped else torch.load(options.init))
    average.load_state_dict(network.state_dict())
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, betas=(0.9, 0.99), weight_decay=1e-4)
    start, step, sums = time.monotonic(), 0, np.zeros(5)
    while (done := (time.monotonic() - start) / 60 / options.minutes) < 1:
        rate = options.end + (options.rate - options.end) * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 60)
        rgb, labels, places = crops.batch(options.batch)
        target = torch.from_numpy(labels)
        counted, damaged = (target != IGNORED).float(), (target == 1).float()
        shown = np.stack([inputs(image / np.float32(255)) for image in rgb])
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            logits = network(torch.from_numpy(shown).permute(0, 3, 1, 2))
        logits = logits.float()
        entropy = F.binary_cross_entropy_with_logits(logits, damaged, reduction="none")
        entropy = (ENTROPY * entropy * counted * (1 + (options.positive - 1) * damaged)).mean()
        probability = logits.sigmoid() * counted
        both = 2 * (probability * damaged).sum((0, 2, 3)) + SMOOTH
        dice = 1 - both / (probability.sum((0, 2, 3)) + damaged.sum((0, 2, 3)) + SMOOTH)
        optimizer.zero_grad(set_to_none=True)
        (entropy + dice.mean()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        step += 1
        with torch.no_grad():
            kept = min(0.99, (step + 1) / (step + 20))
            for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
                mean.lerp_(value, 1 - kept) if mean.is_floating_point() else mean.copy_(value)
        for place, found in zip(places, probability.detach().square().sum((1, 2, 3)).tolist(), strict=True):
            if place is not None:
                crops.remember(found, place)
        sums += [float(entropy.detach()), *dice.detach().tolist()]
        if step % 50 == 0:
            print(
                step, f"{(time.monotonic() - start) / 60:.1f} min", " ".join(f"{v / 50:.4f}" for v in sums), flush=True
            )
            sums[:] = 0
            torch.save(average.state_dict(), options.out)
    torch.save(average.state_dict(), options.out)
    print(f"{step} steps, {step * options.batch} crops")


def main() -> None:
    """Read the command line; train, or write the file that ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shards", type=Path, nargs="+", default=[], help="tar files of images, named GROUP-N.tar")
    parser.add_argument("--held-out", type=Path, help="a file of names that are not trained on")
    parser.add_argument("--init", type=Path, help="go on from this one, or from the file that ships")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--end", type=float, default=0.0005, help="the rate at the end")
    parser.add_argument("--positive", type=float, default=5)
    parser.add_argument("--sound", type=float, default=0.35)
    parser.add_argument("--second", type=float, default=0.12)
    parser.add_argument("--shares", type=float, nargs=4, default=KIND_SHARES, help="of the kinds, in their order")
    parser.add_argument("--masks", type=int, default=200, help="drawn of each shape")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16, where the processor multiplies in it")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fold", type=Path, help="write this one, folded and in float16, with --card")
    parser.add_argument("--card", type=Path, help="JSON")
    options = parser.parse_args()
    if options.fold is None:
        train(options)
        return
    network = normed(DamageNetwork(len(KINDS)))
    network.load_state_dict(torch.load(options.fold))
    state = {name: value.half().contiguous() for name, value in folded(network).state_dict().items()}
    card = json.dumps(json.loads(options.card.read_text("utf-8")), ensure_ascii=False) if options.card else "{}"
    save_file(state, options.out, {"format": "pconv-damage-1", "kinds": " ".join(KINDS), "card": card})


if __name__ == "__main__":
    main()
