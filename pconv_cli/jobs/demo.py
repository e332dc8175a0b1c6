"""The whole main job on sample images: damage them, restore them, and put both beside the truth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pconv_cli.errors import UsageError, option
from pconv_cli.files.atomic import atomic_path, ensure_writable_folder
from pconv_cli.files.images import read_image, write_rgb
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.samples import sample_images
from pconv_cli.files.sheets import contact_sheet
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.progress import Progress

SEED = 2018
RATIO = (0.1, 0.25)

# Lies in every folder that a demo has made, so that the next one knows whose files it replaces.
MARKER = ".pconv-demo"

# Damage is painted white, as flaked plaster is.
DAMAGE = 255


@dataclass(frozen=True)
class DemoReport:
    """What the demo left behind.

    Attributes:
        folder: Holds ``true/``, ``damaged/``, ``masks/``, ``restored/`` and ``report.html``.
        sheet: The image with all of them side by side.
        inpainting: The report of the restoration.
    """

    folder: Path
    sheet: Path
    inpainting: InpaintReport


def run_demo(
    out: Path,
    *,
    weights: str | None = None,
    trust: bool = False,
    foreign: str | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> DemoReport:
    """Damage the sample images with one mask of each type and restore them; what an earlier demo wrote is replaced.

    A folder that holds files and that no demo has made is left alone.

    Args:
        out: The folder to write to.
        weights: Name or path; None: the shipped ones.
        trust: See `pconv_cli.methods.options.FillOptions`.
        foreign: See there.
        device: ``auto``, ``cpu``, ``cuda`` ...
        progress: Receives how far it is.

    Raises:
        UsageError: The folder holds files, and no demo has made it.
        OutputError: The folder cannot be written.
        ModelError: The weights cannot be used.
    """
    _claim(out)
    kinds = [kind for kind in MaskKind if kind is not MaskKind.MIXED]
    samples = sample_images()
    damaged = {}
    for number, (name, truth) in enumerate(samples.items()):
        rng = np.random.default_rng([SEED, number])
        mask = draw_mask(kinds[number % len(kinds)], truth.shape[:2], rng, ratio=RATIO)
        damaged[name] = np.where(mask[..., None], truth, np.uint8(DAMAGE))
        write_rgb(out / "true" / f"{name}.png", truth)
        write_rgb(out / "damaged" / f"{name}.png", damaged[name])
        write_mask(out / "masks" / f"{name}.png", mask)
    report = inpaint_folder(
        InpaintOptions(
            images=out / "damaged",
            masks=out / "masks",
            out=out / "restored",
            weights=weights,
            trust=trust,
            foreign=foreign,
            device=device,
            overwrite=True,
            report=out / "report.html",
        ),
        progress,
    )
    rows = []
    for done in report.done:
        name = Path(done.name).stem
        restored = np.rint(read_image(Path(done.output)).rgb() * 255).astype(np.uint8)
        rows.append([damaged[name], restored, samples[name]])
    sheet = out / "sheet.png"
    if rows:
        write_rgb(sheet, contact_sheet(rows, ("damaged", "restored", "true")))
    return DemoReport(out, sheet, report)


def _claim(out: Path) -> None:
    """Make sure that only an earlier demo's files can be replaced, and mark the folder before they are written."""
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise UsageError(f"{out}: holds files that no demo has written; name a new or empty folder by {option('out')}")
    ensure_writable_folder(out)
    with atomic_path(out / MARKER) as temporary:
        temporary.write_text("Made by pconv demo. The next demo into this folder replaces its own images.\n")
