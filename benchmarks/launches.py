"""Operations that a training step gives the device to do, counted by what they are for.

    python benchmarks/launches.py --batch 4 --width 16 --depth 8 --crop 256
    python benchmarks/launches.py --all-terms

Where a GPU is faster than the processor that gives it work, the number of operations is what a step costs, and
not their size. Counted is each one that writes values (none that only looks at a tensor in another way, such as
``view``) while a batch is made by ``--loader device`` and one step learns from it, by default as the paper has it; with
--all-terms also SSIM, blocking, contrast, lattice and clipping. Some are more than one kernel on a GPU, and copies from
the processor are not among them. On the base ``pyramid`` a GPU takes fewer than are counted here, on the processor.

``backward`` are those of the backward pass that come of a row's own ones. VGG16 has random weights.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from training import write_noise

from pconv_cli.core.vgg import VGG16Features
from pconv_cli.files.finding.find import find_images
from pconv_cli.training.data.batches import ImageStore
from pconv_cli.training.data.device_batches import DeviceBatches
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Phase
from pconv_cli.training.records.report import SilentObserver, TrainStatus
from pconv_cli.training.trainer import train

# What an operation is for, by where it is called: the end of a file's name and, where given, the function.
PLACES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("training/data/device_batches.py", (), "batch"),
    ("core/networks/pconv/unet.py", (), "network"),
    ("core/vgg.py", (), "VGG16"),
    ("core/losses/composite.py", ("composite",), "composite"),
    ("", ("valid_loss", "hole_loss"), "valid and hole"),
    ("", ("total_variation",), "total variation"),
    ("", ("feature_distance",), "perceptual"),
    ("", ("style_distance",), "style"),
    ("core/losses/similarity.py", ("ssim",), "SSIM"),
    ("terms/blocking.py", (), "blocking"),
    ("terms/contrast.py", (), "contrast"),
    ("terms/lattice.py", (), "lattice"),
    ("nn/utils/clip_grad.py", ("clip_grad_norm_",), "clipping"),
    ("optim/adam.py", (), "optimiser"),
    ("training/learner.py", ("update_average",), "average"),
    ("core/losses/sum.py", ("InpaintingLoss.forward",), "other"),
    ("training/recipes/reconstruction.py", (), "other"),
    ("training/learner.py", (), "other"),
)

# Operations that write nothing, besides those that torch itself calls views.
SILENT = ("detach", "empty", "new_empty", "_unsafe_view", "promote_types", "_local_scalar_dense", "_record_function")


class Count(TorchDispatchMode):
    """Counts operations by place and pass; what autograd will do of them is known by its sequence numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[tuple[str, str]] = Counter()
        self.names: Counter[tuple[str, str, str]] = Counter()
        self._places: dict[int, str] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        node = torch._C._current_autograd_node()
        if node is None:
            place, way = _place(sys._getframe(1)), "forward"
            self._places[torch.autograd._get_sequence_nr() - 1] = place
        else:
            place, way = self._places.get(node._sequence_nr(), "other"), "backward"
        name = func._schema.name.partition("::")[2]
        if not (func.is_view or name.startswith(SILENT)):
            self.counts[place, way] += 1
            self.names[place, way, name] += 1
        return func(*args, **(kwargs or {}))


def _place(frame: FrameType | None) -> str:
    """What the innermost function of ours, or of PyTorch's that we call, is for."""
    while frame is not None:
        code = frame.f_code
        for file, functions, place in PLACES:
            if code.co_filename.endswith(file) and (not functions or code.co_qualname in functions):
                return place
        frame = frame.f_back
    return "other"


class Counted(SilentObserver):
    """Counts the second step of a run; the first one makes what is kept from then on."""

    def __init__(self, count: Count) -> None:
        self._count = count

    def stepped(self, status: TrainStatus) -> None:
        """Begin or end."""
        if status.step == 1:
            self._count.__enter__()
        elif status.step == 2:
            self._count.__exit__(None, None, None)


def count_batch(options: TrainOptions, count: Count) -> None:
    """Count what makes a batch, once the images are read and the masks drawn; a run does it in other threads."""
    store = ImageStore(find_images(options.data), 4 * options.crop, 0, print)
    masks = MaskSource(options.crop, kind=options.mask_kind, seed=0, bank=options.mask_bank, warn=print)
    recipe = {"crop": options.crop, "batch": options.batch, "augmentation": options.augmentation, "seed": 0}
    batches = DeviceBatches(store, masks, torch.device("cpu"), 2**30, **recipe)
    _ = batches[1]
    with count:
        _ = batches[1]


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, count, print; how many there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("width", 16), ("depth", 8), ("crop", 256), ("batch", 4)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--base", default="none", choices=["none", "pyramid"])
    parser.add_argument("--augmentation", default="crop", choices=["crop", "icme"])
    parser.add_argument("--precision", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--all-terms", action="store_true", help="SSIM, blocking, contrast, lattice and clipping, too")
    parser.add_argument("--operations", action="store_true", help="how many of each operation, too")
    given = vars(parser.parse_args(arguments))
    operations = given.pop("operations")
    if given.pop("all_terms"):
        given |= {"ssim_weight": 0.4, "blocking_weight": 60.0, "contrast_weight": 400.0, "lattice_weight": 0.5}
        given |= {"clip": 1.0}
    count = Count()
    with tempfile.TemporaryDirectory() as temporary:
        images, vgg = Path(temporary) / "images", Path(temporary) / "vgg.pth"
        images.mkdir()
        write_noise(images)
        torch.manual_seed(0)
        torch.save(VGG16Features().state_dict(), vgg)
        given |= {"data": images, "out": Path(temporary) / "run", "vgg": vgg, "validation": 0.0, "mask_bank": 16}
        options = TrainOptions(**given, device="cpu", phase=Phase.FIT, steps=3, sample_every=3)
        count_batch(options, count)
        train(options, Counted(count))
    print(f"{'':18} {'forward':>8} {'backward':>8}")
    for place in dict.fromkeys(place for *_, place in PLACES):
        numbers = [count.counts[place, way] for way in ("forward", "backward")]
        if any(numbers):
            print(f"{place:18} {numbers[0]:8} {numbers[1]:8}")
            for way in ("forward", "backward") if operations else ():
                each = sorted((name, n) for (at, of, name), n in count.names.items() if (at, of) == (place, way))
                print(f"    {way}: " + ", ".join(f"{n} {name}" for name, n in each))
    total = count.counts.total()
    print(f"{'all':18} {total:17}")
    return total


if __name__ == "__main__":
    main()
