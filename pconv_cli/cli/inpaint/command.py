"""``pconv inpaint``: restore a folder of damaged images, or one."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.inpaint.runs import preview, preview_each, reported, restore, restore_variants
from pconv_cli.cli.paths import output_path
from pconv_cli.cli.runtimes import prepare_fills
from pconv_cli.errors import UsageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.polarity import OPAQUE, THRESHOLD, Polarity
from pconv_cli.files.retouch.names import Retouch, Show
from pconv_cli.methods.names import TEXTURE, TILE, Method, Precision

_MASKS = "Masks"
_METHOD = "Method"
_OUTPUT = "Output"
_RUN = "Run"


def inpaint(
    images: Annotated[
        Path,
        typer.Argument(metavar="IN", help="Folder of images, or one image.", show_default=False),
    ],
    masks: Annotated[
        str,
        typer.Option(
            metavar="M|alpha",
            help="Folder of masks, one mask for all, annotations (LabelMe, COCO, SVG ...), or [bold]alpha[/]: each "
            "image's own transparency.",
            show_default=False,
            rich_help_panel=_MASKS,
        ),
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="OUT",
            parser=output_path,
            help="Folder to write to; for one image also a file.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ],
    method: Annotated[
        Method,
        typer.Option(metavar="NAME", help=f"How holes are filled: {', '.join(Method)}.", rich_help_panel=_METHOD),
    ] = Method.PCONV,
    texture: Annotated[
        float | None,
        typer.Option(
            metavar="0..1",
            help="How much comes from the image's own patches: 0 nothing, 0.5 all texture, 1 everything. "
            "Above 0, thin holes are filled along edges, without the method.  "
            f"[dim]\\[default: {TEXTURE} for pconv, else 0][/]",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Another seed gives other texture, and other fills of a diffusion network.",
            rich_help_panel=_METHOD,
        ),
    ] = 0,
    patch_turns: Annotated[
        bool,
        typer.Option(
            "--patch-turns",
            help="Turn and mirror patches, too, as ornaments repeat.",
            rich_help_panel=_METHOD,
        ),
    ] = False,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Steps of a diffusion network (repaint): more take longer.  [dim]\\[default: its weights' own][/]",
            show_default=False,
            rich_help_panel=_METHOD,
        ),
    ] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            metavar="2-16",
            help="N fills of each image, by seeds from --seed on, in OUT/variant-1 ..., and a sheet of each to "
            "choose from in OUT/sheets.",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Weights of pconv, or another project's network: LaMa or MI-GAN in TorchScript or ONNX.",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run weights that are a program (TorchScript).", rich_help_panel=_METHOD),
    ] = False,
    foreign: Annotated[
        str | None,
        typer.Option(
            metavar="KEY=VALUE,...",
            help="How another project's network is used, where that is not found: polarity, range, order, size, "
            "multiple.",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    adapt: Annotated[
        int | None,
        typer.Option(
            metavar="STEPS",
            help="First fine-tune the weights on the undamaged parts of these images; kept in OUT.",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.", rich_help_panel=_METHOD)] = "auto",
    precision: Annotated[
        Precision,
        typer.Option(
            metavar="NAME",
            help="float32, bfloat16, float16 (GPUs), or auto: bfloat16 where the hardware has it and the weights stand "
            "on the pyramid, else float32.",
            rich_help_panel=_METHOD,
        ),
    ] = "auto",
    compile_: Annotated[
        bool,
        typer.Option(
            "--compile/--no-compile",
            help="Compile parts of pconv by torch.compile: for GPUs and large folders; the first run starts slowly.",
            rich_help_panel=_METHOD,
        ),
    ] = False,
    tile: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=f"Largest side of the windows that pconv runs on  [dim]\\[default: {TILE}][/]",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Pixels that the largest windows share  [dim]\\[default: tile / 4][/]",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    mask_polarity: Annotated[
        Polarity, typer.Option(help="Colour of the hole in mask files.", rich_help_panel=_MASKS)
    ] = Polarity.WHITE,
    threshold: Annotated[
        int | None,
        typer.Option(
            metavar="1-255",
            help="Value from which a mask is white, or with --masks alpha a pixel opaque  "
            f"[dim]\\[default: {THRESHOLD}] \\[by alpha: {OPAQUE}][/]",
            rich_help_panel=_MASKS,
        ),
    ] = None,
    dilate: Annotated[int, typer.Option(metavar="PX", help="Grow the holes first.", rich_help_panel=_MASKS)] = 0,
    mask_pattern: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="How masks are named, if not like their images: '{stem}-mask' pairs A4.jpg with A4-mask.png, "
            "and '{stem}-{page}' page 3 of book.tif with book-3.png.",
            show_default=False,
            rich_help_panel=_MASKS,
        ),
    ] = None,
    allow_large_holes: Annotated[
        bool,
        typer.Option("--allow-large-holes", help="Accept masks of more than 70 % hole.", rich_help_panel=_MASKS),
    ] = False,
    rgb: Annotated[
        str | None,
        typer.Option(
            metavar="R,G,B",
            help="Bands seen as red, green and blue, in images of more than four channels; without it, each is filled "
            "on its own.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    cmyk_to_rgb: Annotated[
        bool,
        typer.Option(
            "--cmyk-to-rgb", help="Convert CMYK images to sRGB instead of refusing them.", rich_help_panel=_OUTPUT
        ),
    ] = False,
    kind: Annotated[
        ImageFormat | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"Format to write: {', '.join(ImageFormat)}; without it, each image's own.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    max_megapixels: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Largest image that is decoded as a whole; a large TIFF is read in windows.",
            rich_help_panel=_OUTPUT,
        ),
    ] = MAX_PIXELS // 1_000_000,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace outputs that exist instead of skipping them.", rich_help_panel=_OUTPUT
        ),
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first image that fails.", rich_help_panel=_RUN)
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Make outputs again whose image, mask, weights or options have changed.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Do part I of N, such as 1/4, for job arrays.", rich_help_panel=_RUN),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and write nothing.", rich_help_panel=_RUN)
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Show where time and memory went.", rich_help_panel=_RUN)
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Write one page with every image before and after, to look at in a browser.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    provenance: Annotated[
        bool,
        typer.Option(
            "--provenance/--no-provenance",
            help="Say in the XMP of restored files how they were restored.",
            rich_help_panel=_OUTPUT,
        ),
    ] = True,
    retouch: Annotated[
        Retouch | None,
        typer.Option(
            metavar="layer",
            help="Write the fills as a layer of their own beside each file: transparent elsewhere.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    show: Annotated[
        Show | None,
        typer.Option(
            metavar="NAME",
            help=f"Write a display copy beside each file that shows the fills: {', '.join(Show)}.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence",
            help="Write a map of how sure the fills are beside each file; takes about 3 times as long.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    c2pa_cert: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.pem",
            help="Sign restored files by C2PA with this certificate (its chain in PEM).",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    c2pa_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.pem",
            help="The private key of --c2pa-cert.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    leave_wider: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            help="Leave losses wider than PX unfilled, in a neutral tone; widths as in losses.csv.",
            show_default=False,
            rich_help_panel=_METHOD,
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON to stdout.", rich_help_panel=_RUN)
    ] = False,
) -> None:
    """Fill the holes of damaged images: a folder in, a folder out.

    Size, format, depth and colour profile stay, and every undamaged pixel stays bit for bit.
    White in a mask marks the hole; the mask of a/b.jpg is a/b.* or a/b_mask.*, with any suffix.

    [bold]pconv inpaint in/ --masks m/ --out out/[/]

    [bold]pconv inpaint photo.jpg --masks photo_mask.png --out restored.png[/]
    """
    prepare_fills()
    from pconv_cli.jobs.options import InpaintOptions
    from pconv_cli.jobs.shards import Shard
    from pconv_cli.jobs.variants.run import VariantOptions

    with reported(json, method.value):
        part = Shard.of_environment(os.environ)
        if shard is not None:
            if part is not None:
                raise UsageError("--shard: torchrun splits the folder already; leave one of them out")
            part = Shard.parse(shard)
        make = InpaintOptions if variants is None else partial(VariantOptions, variants=variants)
        options = make(
            images=images,
            masks="alpha" if masks == "alpha" else Path(masks),
            out=target,
            method=method,
            texture=texture,
            seed=seed,
            patch_turns=patch_turns,
            steps=steps,
            weights=weights,
            trust=trust,
            foreign=foreign,
            device=device,
            precision=precision,
            compile=compile_,
            tile=tile,
            overlap=overlap,
            polarity=mask_polarity,
            threshold=threshold,
            dilate=dilate,
            mask_pattern=mask_pattern,
            allow_large_holes=allow_large_holes,
            cmyk_to_rgb=cmyk_to_rgb,
            rgb=rgb,
            format=kind,
            max_megapixels=max_megapixels,
            overwrite=overwrite,
            fail_fast=fail_fast,
            resume=resume,
            shard=part,
            profile=profile,
            report=report,
            provenance=provenance,
            retouch=retouch,
            show=show,
            confidence=confidence,
            c2pa_cert=c2pa_cert,
            c2pa_key=c2pa_key,
            leave_wider=leave_wider,
        )
        if dry_run and adapt is not None:
            raise UsageError("--adapt: has no meaning with --dry-run, which runs nothing; leave one of them out")
        if adapt is not None and variants is not None:
            raise UsageError("--adapt: restores once; adapt first, then give --variants and the adapted --weights")
    if isinstance(options, VariantOptions):
        raise typer.Exit(preview_each(options, json) if dry_run else restore_variants(options, json))
    raise typer.Exit(preview(options, json) if dry_run else restore(options, adapt, json))
