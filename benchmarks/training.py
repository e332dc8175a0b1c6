"""Training samples a second: a plain implementation and this one, side by side in one run.

    python benchmarks/training.py --images IMAGES
    python benchmarks/training.py --images IMAGES --width 64 --crop 256 --batch 4 --vgg vgg16.pth
    python benchmarks/training.py --images IMAGES --device cuda --batch 16 --width 64 --depth 8 --workers 16

Both train the same network on the same folder with all of the paper's terms at every step. The plain implementation
is written here from the paper's formulas as one reads them: every mask carries as many channels as its features and is
convolved with ones, everything is float32, truth, output and composite go through VGG16 one after the other, and the
loop itself decodes, resizes and crops each image before it is used. Ours is `pconv train` as it is.

The two take turns, --rounds times, --steps steps each after --warmup uncounted ones; printed are each one's median
samples a second and the ratio of the medians; with --processor a second of processor time, of all threads together,
which other programs on the machine hardly change. Without --vgg, VGG16 has random weights: the arithmetic is the same.
Without --images, noise images of 640 x 480 are written to a temporary folder first.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.device import pick_device
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.files.finding.find import find_images
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Phase
from pconv_cli.training.records.report import SilentObserver, TrainStatus
from pconv_cli.training.trainer import train

# Different masks that either draws from.
MASKS = 16


class PlainPartialConv(nn.Module):
    """Equations (1) and (2) with a mask of as many channels as the features."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, bias: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)
        self.register_buffer("ones", torch.ones(outputs, inputs, kernel, kernel))
        self.stride, self.padding, self.window = stride, kernel // 2, inputs * kernel * kernel

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Features and mask in, features and mask out."""
        with torch.no_grad():
            covered = F.conv2d(mask, self.ones, stride=self.stride, padding=self.padding)
            valid = (covered > 0).float()
            ratio = self.window / (covered + 1e-8) * valid
        y = self.conv(x * mask)
        if self.conv.bias is not None:
            bias = self.conv.bias.view(1, -1, 1, 1)
            return ((y - bias) * ratio + bias) * valid, valid
        return y * ratio, valid


class PlainNetwork(nn.Module):
    """The paper's U-Net of `PlainPartialConv`."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        levels = [*spec.encoder, *spec.decoder]
        self.convs = nn.ModuleList(
            PlainPartialConv(sum(v.in_channels), v.out_channels, v.kernel_size, v.stride, not v.batch_norm)
            for v in levels
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(v.out_channels) if v.batch_norm else nn.Identity() for v in levels)
        self.depth = spec.depth

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Damaged images in, whole ones out."""
        mask = mask.expand_as(x)
        kept = [(x, mask)]
        for conv, norm in zip(self.convs[: self.depth], self.norms[: self.depth], strict=True):
            x, mask = conv(x, mask)
            x = F.relu(norm(x))
            kept.append((x, mask))
        kept.pop()
        for conv, norm in zip(self.convs[self.depth :], self.norms[self.depth :], strict=True):
            skip, skip_mask = kept.pop()
            x = torch.cat([F.interpolate(x, scale_factor=2), skip], 1)
            mask = torch.cat([F.interpolate(mask, scale_factor=2), skip_mask], 1)
            x, mask = conv(x, mask)
            x = F.leaky_relu(norm(x), 0.2) if kept else norm(x)
        return x


def plain_loss(vgg: VGG16Features, output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """All of the paper's terms; three passes through VGG16."""

    def gram(f: Tensor) -> Tensor:
        n, c, h, w = f.shape
        flat = f.view(n, c, h * w)
        return flat.bmm(flat.transpose(1, 2)) / (c * h * w)

    comp = mask * truth + (1 - mask) * output
    loss = F.l1_loss(mask * output, mask * truth) + 6 * F.l1_loss((1 - mask) * output, (1 - mask) * truth)
    of_output, of_comp, of_truth = vgg(output), vgg(comp), vgg(truth)
    for a, b, t in zip(of_output, of_comp, of_truth, strict=True):
        loss = loss + 0.05 * (F.l1_loss(a, t) + F.l1_loss(b, t))
        loss = loss + 120 * (F.l1_loss(gram(a), gram(t)) + F.l1_loss(gram(b), gram(t)))
    hole = F.conv2d(1 - mask.expand_as(comp), torch.ones(3, 3, 3, 3, device=mask.device), padding=1).clamp(max=1)
    across = (comp[..., 1:] - comp[..., :-1]).abs() * hole[..., 1:] * hole[..., :-1]
    down = (comp[..., 1:, :] - comp[..., :-1, :]).abs() * hole[..., 1:, :] * hole[..., :-1, :]
    return loss + 0.1 * (across.sum() + down.sum()) / comp.numel()


def plain_batches(options: argparse.Namespace, masks: list[np.ndarray]) -> Iterator[tuple[Tensor, Tensor]]:
    """Decode, resize and crop in the loop."""
    paths, rng = find_images(options.images), np.random.default_rng(0)
    crop = options.crop
    while True:
        truths, chosen = [], []
        for _ in range(options.batch):
            image = cv2.cvtColor(cv2.imread(str(paths[rng.integers(len(paths))])), cv2.COLOR_BGR2RGB)
            fit = crop / min(image.shape[:2])
            scale = max(fit, np.exp(rng.uniform(min(0.0, np.log(fit)), 0.0)))
            size = [max(crop, round(side * scale)) for side in image.shape[1::-1]]
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
            top, left = (rng.integers(side - crop + 1) for side in image.shape[:2])
            cut = image[top : top + crop, left : left + crop]
            truths.append(cut[:, ::-1] if rng.random() < 0.5 else cut)
            chosen.append(masks[rng.integers(len(masks))])
        truth = torch.from_numpy(np.stack(truths)).permute(0, 3, 1, 2).float() / 255
        yield truth.contiguous(), torch.from_numpy(np.stack(chosen)[:, None]).float()


def run_plain(options: argparse.Namespace, masks: list[np.ndarray]) -> float:
    """Samples a second of the plain implementation."""
    device = pick_device(options.device)
    torch.manual_seed(0)
    model = PlainNetwork(ModelSpec(options.width, options.depth)).to(device).train()
    vgg = VGG16Features().to(device)
    vgg.load_state_dict(torch.load(options.vgg, weights_only=True))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-4)
    times = []
    for (truth, mask), _ in zip(plain_batches(options, masks), range(options.warmup + options.steps), strict=False):
        truth, mask = truth.to(device), mask.to(device)
        optimizer.zero_grad()
        loss = plain_loss(vgg, model(truth * mask, mask), truth, mask)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append(options.clock())
    return options.batch * options.steps / (times[-1] - times[options.warmup - 1])


class Clock(SilentObserver):
    """When each step was done."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.times: list[float] = []
        self._clock = clock

    def stepped(self, status: TrainStatus) -> None:
        """Note the time."""
        self.times.append(self._clock())


def run_ours(options: argparse.Namespace, out: Path) -> float:
    """Samples a second of `pconv train`."""
    total = options.warmup + options.steps
    clock = Clock(options.clock)
    names = ("width", "depth", "crop", "batch", "device", "workers", "precision", "vgg")
    given = {name: getattr(options, name) for name in names}
    given |= {"data": options.images, "out": out, "phase": Phase.FIT, "validation": 0.0, "steps": total}
    given["mask_bank"] = MASKS  # as many as the other has; drawing more would be timed, too
    train(TrainOptions(**given), clock)
    return options.batch * options.steps / (clock.times[-1] - clock.times[options.warmup - 1])


def write_noise(folder: Path, count: int = 24) -> None:
    """Images to decode where no folder is given."""
    rng = np.random.default_rng(0)
    for number in range(count):
        coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC))


def main(arguments: list[str] | None = None) -> float:
    """Read the command line, measure, print; the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, help="folder of images to train on")
    parser.add_argument("--vgg", type=Path, help="VGG16's weights, torchvision's file")
    for name, value in (("width", 64), ("depth", 7), ("crop", 256), ("batch", 4), ("steps", 8), ("warmup", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (("rounds", 3), ("workers", 1), ("threads", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--processor", action="store_true", help="count processor time")
    options = parser.parse_args(arguments)
    options.clock = time.process_time if options.processor else time.perf_counter
    if options.threads:
        torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        if options.images is None:
            options.images = place / "images"
            options.images.mkdir()
            write_noise(options.images)
        if options.vgg is None:
            torch.manual_seed(0)
            options.vgg = place / "vgg.pth"
            torch.save(VGG16Features().state_dict(), options.vgg)
        rng = np.random.default_rng(0)
        masks = [draw_mask("occlusion", (options.crop,) * 2, rng, ratio=(0.2, 0.3)) for _ in range(MASKS)]
        speeds: dict[str, list[float]] = {"plain": [], "pconv": []}
        for round_ in range(options.rounds):
            speeds["plain"].append(run_plain(options, masks))
            speeds["pconv"].append(run_ours(options, place / f"run{round_}"))
            print(f"round {round_ + 1}: " + ", ".join(f"{name} {s[-1]:.2f}" for name, s in speeds.items()), flush=True)
    medians = {name: statistics.median(s) for name, s in speeds.items()}
    ratio = medians["pconv"] / medians["plain"]
    print(
        f"width {options.width}, depth {options.depth}, crop {options.crop}, batch {options.batch}, "
        f"{pick_device(options.device)}, {torch.get_num_threads()} threads"
    )
    for name, speed in medians.items():
        print(f"{name:>8}  {speed:8.2f} samples/s{' of processor time' if options.processor else ''}")
    print(f"{'ratio':>8}  {ratio:8.2f}")
    return ratio


if __name__ == "__main__":
    main()
