"""The engine of `pconv inpaint` beside a plain network of partial convolutions: same weights, same image, one run.

    python benchmarks/inference.py
    python benchmarks/inference.py --sizes 256 512 --width 32 --repeats 5 --threads 1 --profile
    python benchmarks/inference.py --sizes 512 --compile

The plain network is written here from the paper's formula as it is commonly written: a mask of as many channels as the
features, convolved with ones; upsampling, concatenation, BatchNorm and activation one after the other, in float32. It
is the paper's network (no base). Repeats of all are interleaved, so that what else the machine does strikes all alike,
and medians are compared. ``fill`` is what inpainting runs: on a processor, the part of the decoder on which the hole
depends. On CUDA the plain network is run with TF32 as well.

Arithmetic is what the engine's convolutions do for the whole image (multiplications and additions); the machine's
peak is measured in the same run by a large 3 x 3 convolution, in the same precision.
"""

import argparse
import os
import platform
import statistics
import warnings
from collections.abc import Callable
from time import perf_counter

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.device import pick_device
from pconv_cli.core.networks.pconv.engine import PConvEngine

# Runs before the first that counts: the engine captures its CUDA graph at the second.
WARM_UP = 3

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def plain(model: PConvUNet, x: Tensor, mask: Tensor) -> Tensor:
    """The network with masks of many channels, in float32; sides must be multiples of the size multiple."""
    mask = mask.expand_as(x)
    x = x * mask
    skips = []
    for block in model.encoder:
        skips.append((x, mask))
        x, mask = _plain_block(block, x, mask)
    for block, (skip, skip_mask) in zip(model.decoder, reversed(skips), strict=True):
        x = torch.cat([F.interpolate(x, scale_factor=2, mode="nearest"), skip], dim=1)
        mask = torch.cat([F.interpolate(mask, scale_factor=2, mode="nearest"), skip_mask], dim=1)
        x, mask = _plain_block(block, x, mask)
    return x


def plain_tf32(model: PConvUNet, x: Tensor, mask: Tensor) -> Tensor:
    """The same, its convolutions rounded to 10 bits, as torch has a GPU do it by default."""
    with warnings.catch_warnings():  # newer releases of torch have another name for it
        warnings.simplefilter("ignore")
        before = torch.backends.cudnn.allow_tf32
        torch.backends.cudnn.allow_tf32 = True
        try:
            return plain(model, x, mask)
        finally:
            torch.backends.cudnn.allow_tf32 = before


def _plain_block(block: torch.nn.Module, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    conv = block.conv
    covered = F.conv2d(mask, torch.ones_like(conv.weight), None, conv.stride, conv.padding)
    new_mask = (covered > 0).float()
    y = F.conv2d(x * mask, conv.weight, None, conv.stride, conv.padding)
    y = y * (conv.window_size / covered.clamp(min=1)) * new_mask
    if conv.bias is not None:
        y = (y + conv.bias.view(1, -1, 1, 1)) * new_mask
    if block.norm is not None:
        y = block.norm(y)
    if block.activation == "relu":
        y = F.relu(y)
    elif block.activation == "leaky_relu":
        y = F.leaky_relu(y, 0.2)
    return y, new_mask


def operations(spec: ModelSpec, side: int) -> float:
    """Multiplications and additions of the engine's convolutions on a square image."""
    total = 0.0
    for level, row in enumerate(spec.encoder):
        total += (side >> (level + 1)) ** 2 * row.in_channels[0] * row.out_channels * row.kernel_size**2
    for level, row in zip(reversed(range(spec.depth)), spec.decoder, strict=True):
        products = 4 * row.in_channels[0] + 9 * row.in_channels[1]  # a fine pixel: 16 / 4 from below, 9 from the skip
        total += (side >> level) ** 2 * products * row.out_channels
    return 2 * total


def peak(dtype: torch.dtype, device: torch.device, repeats: int) -> float:
    """Operations a second of a large convolution."""
    x = torch.randn(1, 512, 64, 64, dtype=dtype, device=device).contiguous(memory_format=torch.channels_last)
    layer = torch.nn.Conv2d(512, 512, 3, padding=1, bias=False, dtype=dtype, device=device)
    layer = layer.to(memory_format=torch.channels_last)
    seconds = min(_timed(lambda: layer(x), device) for _ in range(max(5, repeats)))
    return 2 * 512 * 512 * 9 * 64 * 64 / seconds


def _timed(run: Callable[[], object], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    started = perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return perf_counter() - started


def image(side: int, damage: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """An image of noise with one square hole in its middle that is ``damage`` of its area."""
    generator = torch.Generator().manual_seed(side)
    x, mask = torch.rand(1, 3, side, side, generator=generator), torch.ones(1, 1, side, side)
    hole = max(1, round(side * damage**0.5))
    start = (side - hole) // 2
    mask[..., start : start + hole, start : start + hole] = 0
    return x.to(device), mask.to(device)


def compare(model: PConvUNet, side: int, args: argparse.Namespace, peaks: dict[str, float]) -> None:
    """Print one block of rows: the plain network, and the engine in each precision."""
    device = pick_device(args.device)
    x, mask = image(side, args.damage, device)
    engines = {name: PConvEngine(model, DTYPES[name]) for name in args.precision}
    if args.compile:
        engines |= {f"{name} compiled": PConvEngine(model, DTYPES[name], compile=True) for name in args.precision}
    runs: dict[str, Callable[[], object]] = {"plain float32": lambda: plain(model, x, mask)}
    if device.type == "cuda":
        runs["plain TF32"] = lambda: plain_tf32(model, x, mask)
    for name, engine in engines.items():
        runs[f"engine {name}"] = lambda engine=engine: engine(x, mask)
        runs[f"fill {name}"] = lambda engine=engine: engine.fill(x, mask)
    expected = plain(model, x, mask)
    for run in runs.values():
        for _ in range(WARM_UP):
            run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(args.repeats):
        for name, run in runs.items():
            times[name].append(_timed(run, device))
    base = statistics.median(times["plain float32"])
    for name, values in times.items():
        median = statistics.median(values)
        row = f"{side:5} {torch.get_num_threads():7}  {name:25} {1000 * median:9.1f} {base / median:7.2f}"
        if name.startswith("engine"):
            which = name.partition(" ")[2]
            precision = which.split()[0]
            rate = operations(model.spec, side) / median
            error = (engines[which](x, mask) - expected).abs().max() / expected.abs().max()
            row += f" {rate / 1e9:9.0f} {rate / peaks[precision]:6.0%} {error.item():9.1e}"
        print(row, flush=True)


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024, 2048], help="multiples of 2^depth")
    parser.add_argument("--width", type=int, nargs="+", default=[64])
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--damage", type=float, nargs="+", default=[0.1], help="share of the image that is hole")
    parser.add_argument("--precision", nargs="+", choices=DTYPES, default=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="the compiled engine as well")
    parser.add_argument("--profile", action="store_true", help="show where the engine's time goes")
    args = parser.parse_args()
    if any(side % 2**args.depth for side in args.sizes):
        parser.error(f"--sizes must be multiples of 2^depth, {2**args.depth}: the plain network takes no others")
    device, damages = pick_device(args.device), args.damage
    where = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"{platform.machine()}, {os.cpu_count()} cores"
    )
    print(f"torch {torch.__version__} on {where}; medians of {args.repeats} interleaved repeats")
    for width in args.width:
        torch.manual_seed(0)
        model = PConvUNet(ModelSpec(width, args.depth)).eval().to(device)
        for threads in args.threads:
            torch.set_num_threads(threads)
            peaks = {name: peak(DTYPES[name], device, args.repeats) for name in args.precision}
            rates = ", ".join(f"{name} {value / 1e9:.0f} Gop/s" for name, value in peaks.items())
            for args.damage in damages:
                print(
                    f"\nwidth {width}, depth {args.depth}, {args.damage:.0%} hole; peak on {threads} threads: {rates}"
                )
                print(" side threads  what                             ms   ratio     Gop/s   peak   error")
                for side in args.sizes:
                    with torch.inference_mode():
                        compare(model, side, args, peaks)
                        if args.profile:
                            show_profile(model, side, args)


def show_profile(model: PConvUNet, side: int, args: argparse.Namespace) -> None:
    """Print the operators that take most of the engine's time, by precision."""
    from torch.profiler import ProfilerActivity, profile

    x, mask = image(side, args.damage, pick_device(args.device))
    for name in args.precision:
        engine = PConvEngine(model, DTYPES[name])
        for _ in range(WARM_UP):
            engine(x, mask)
        with profile(activities=[ProfilerActivity.CPU]) as measured:
            engine(x, mask)
        rows = sorted(measured.key_averages(), key=lambda row: -row.self_cpu_time_total)
        total = sum(row.self_cpu_time_total for row in rows) or 1
        print(f"\nengine {name} at {side}: share of its time")
        for row in rows[:10]:
            print(f"{row.self_cpu_time_total / total:7.1%}  {row.count:4} x {row.key}")


if __name__ == "__main__":
    main()
