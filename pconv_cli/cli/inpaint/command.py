"""``pconv inpaint``: restore a folder of damaged images, or one."""

import os
from functools import partial
from pathlib import Path

import typer

from pconv_cli.cli.inpaint import options as typed
from pconv_cli.cli.inpaint.runs import preview, preview_each, reported, restore, restore_variants
from pconv_cli.cli.runtimes import prepare_fills
from pconv_cli.errors import UsageError
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.methods.names import Method


def inpaint(
    images: typed.ImagesArgument,
    masks: typed.MasksOption,
    target: typed.TargetOption,
    mask_polarity: typed.MaskPolarityOption = Polarity.WHITE,
    threshold: typed.ThresholdOption = None,
    dilate: typed.DilateOption = 0,
    mask_pattern: typed.MaskPatternOption = None,
    allow_large_holes: typed.AllowLargeHolesOption = False,
    kind: typed.KindOption = None,
    overwrite: typed.OverwriteOption = False,
    resume: typed.ResumeOption = False,
    report: typed.ReportOption = None,
    confidence: typed.ConfidenceOption = False,
    retouch: typed.RetouchOption = None,
    show: typed.ShowOption = None,
    provenance: typed.ProvenanceOption = True,
    c2pa_cert: typed.C2paCertOption = None,
    c2pa_key: typed.C2paKeyOption = None,
    rgb: typed.RgbOption = None,
    cmyk_to_rgb: typed.CmykToRgbOption = False,
    max_megapixels: typed.MaxMegapixelsOption = MAX_PIXELS // 1_000_000,
    method: typed.MethodOption = Method.PCONV,
    texture: typed.TextureOption = None,
    patch_turns: typed.PatchTurnsOption = False,
    seed: typed.SeedOption = 0,
    variants: typed.VariantsOption = None,
    leave_wider: typed.LeaveWiderOption = None,
    weights: typed.WeightsOption = None,
    trust: typed.TrustOption = False,
    foreign: typed.ForeignOption = None,
    adapt: typed.AdaptOption = None,
    steps: typed.StepsOption = None,
    device: typed.DeviceOption = "auto",
    precision: typed.PrecisionOption = "auto",
    compile_: typed.CompileOption = False,
    tile: typed.TileOption = None,
    overlap: typed.OverlapOption = None,
    dry_run: typed.DryRunOption = False,
    fail_fast: typed.FailFastOption = False,
    shard: typed.ShardOption = None,
    profile: typed.ProfileOption = False,
    json: typed.JsonOption = False,
) -> None:
    r"""Fill the holes of damaged images: a folder in, a folder out.

    Size, format, depth and colour profile stay, and every undamaged pixel stays bit for bit; in JPEG, those
    of blocks without a hole, with `pip install 'pconv-cli\[jpeg]'`.
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
