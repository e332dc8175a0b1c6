"""What restored files say of their restoration, in every format that holds XMP."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.files.formats import SUFFIXES, ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.metadata.provenance import NOT_RECORDED, Provenance, SourceType
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.manifest import read_manifest
from tests.records import provenance_of

WITH_XMP = [kind for kind in ImageFormat if Metadata.has_place_for_xmp(kind)]
OTHERS = [kind for kind in ImageFormat if kind not in WITH_XMP]
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="cave 45"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def damaged(tmp_path: Path) -> Callable[..., Path]:
    """Put an image and its mask below the folder for tests."""

    def make(kind: ImageFormat, xmp: bytes | None = PACKET) -> Path:
        samples = np.random.default_rng(1).integers(60, 200, (40, 48, 3), np.uint8)
        metadata = Metadata(xmp=xmp if Metadata.has_place_for_xmp(kind) else None)
        name = f"a{SUFFIXES[kind][0]}"
        for folder in ("in", "m"):
            (tmp_path / folder).mkdir()
        write_image(tmp_path / "in" / name, StoredImage(samples, kind, metadata))
        mask = np.ones((40, 48), bool)
        mask[10:18, 12:30] = False
        write_mask(tmp_path / "m" / "a.png", mask)
        return tmp_path / "out" / name

    return make


def run(folder: Path, **options: Any) -> list[str]:
    report = inpaint_folder(folder / "in", folder / "m", folder / "out", **{"method": "telea", **options})
    assert not report.failed
    return report.warnings


def said_by(path: Path) -> Provenance | None:
    return provenance_of(read_image(path).metadata.xmp)


@pytest.mark.parametrize("kind", WITH_XMP)
@pytest.mark.parametrize("xmp", [PACKET, None], ids=["beside other XMP", "alone"])
def test_every_format_with_xmp_holds_the_record(
    tmp_path: Path, damaged: Callable[..., Path], kind: ImageFormat, xmp: bytes | None
) -> None:
    target = damaged(kind, xmp)
    run(tmp_path)
    said = said_by(target)
    assert said is not None
    assert (said.source_type, said.method) == (SourceType.CLASSICAL, "telea")
    assert said.hole_ratio == pytest.approx(8 * 18 / (40 * 48), abs=1e-6)
    assert said.mask_sha256 == hashlib.sha256((tmp_path / "m" / "a.png").read_bytes()).hexdigest()
    packet = read_image(target).metadata.xmp or b""
    assert (b'dc:source="cave 45"' in packet) is (xmp is not None)
    if kind in (ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.TIFF, ImageFormat.WEBP):
        with Image.open(target) as seen:  # by another reader
            found = seen.info.get("xmp") or seen.info.get("XML:com.adobe.xmp") or seen.tag_v2[700]
        assert provenance_of(found.encode() if isinstance(found, str) else bytes(found)) == said


@pytest.mark.parametrize("kind", OTHERS)
def test_formats_without_xmp_are_written_as_ever(
    tmp_path: Path, damaged: Callable[..., Path], kind: ImageFormat
) -> None:
    target = damaged(kind)
    assert not any("XMP" in warning for warning in run(tmp_path))
    assert said_by(target) is None


def test_the_network_and_its_weights_are_named(
    tmp_path: Path, damaged: Callable[..., Path], tiny_weights: Path
) -> None:
    target = damaged(ImageFormat.PNG)
    run(tmp_path, method="pconv", weights=tiny_weights, texture=0)
    said = said_by(target)
    assert said is not None
    assert (said.source_type, said.weights) == (SourceType.NETWORK, "tiny.safetensors")
    assert said.weights_sha256 == hashlib.sha256(tiny_weights.read_bytes()).hexdigest()


def test_nothing_is_said_where_nobody_wants_it(tmp_path: Path, damaged: Callable[..., Path]) -> None:
    target = damaged(ImageFormat.PNG)
    run(tmp_path, provenance=False)
    assert read_image(target).metadata.xmp == PACKET
    run(tmp_path, resume=True)  # which is another result
    assert said_by(target) is not None
    assert len(read_manifest(tmp_path / "out")) == 1


def test_an_image_without_a_hole_stays_what_it_was(tmp_path: Path, damaged: Callable[..., Path]) -> None:
    target = damaged(ImageFormat.TIFF)
    write_mask(tmp_path / "m" / "a.png", np.ones((40, 48), bool))
    run(tmp_path)
    assert target.read_bytes() == (tmp_path / "in" / target.name).read_bytes()


@pytest.mark.parametrize("kind", [ImageFormat.PNG, ImageFormat.TIFF])
def test_damaged_xmp_stays_and_a_line_says_so(tmp_path: Path, damaged: Callable[..., Path], kind: ImageFormat) -> None:
    target = damaged(kind, b"<x:xmpmeta>")
    assert any(NOT_RECORDED in warning for warning in run(tmp_path))
    assert read_image(target).metadata.xmp == b"<x:xmpmeta>"


def test_a_scan_in_windows_holds_the_record(
    tmp_path: Path, damaged: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pconv_cli.files.tiff.windowed.SCAN_PIXELS", 1)
    target = damaged(ImageFormat.TIFF)
    run(tmp_path)
    said = said_by(target)
    assert said is not None
    assert said.method == "telea"
    assert b'dc:source="cave 45"' in (read_image(target).metadata.xmp or b"")


@pytest.mark.parametrize(("epoch", "day"), [("0", "1970-01-01"), ("1764374400", "2025-11-29")])
def test_the_day_may_be_set_for_builds_that_repeat(
    tmp_path: Path, damaged: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, epoch: str, day: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    target = damaged(ImageFormat.PNG)
    run(tmp_path)
    said = said_by(target)
    assert said is not None
    assert said.date == day


def test_each_page_with_a_hole_holds_the_record(tmp_path: Path) -> None:
    samples = np.random.default_rng(2).integers(60, 200, (2, 40, 48, 3), np.uint8)
    for folder in ("in", "m"):
        (tmp_path / folder).mkdir()
    tifffile.imwrite(tmp_path / "in" / "a.tif", samples, photometric="rgb")
    mask = np.ones((40, 48), bool)
    mask[10:18, 12:30] = False
    write_mask(tmp_path / "m" / "a_page2.png", mask)
    run(tmp_path)
    with tifffile.TiffFile(tmp_path / "out" / "a.tif") as file:
        packets = [page.tags.valueof(700) for page in file.pages]
    assert packets[0] is None
    said = provenance_of(packets[1])
    assert said is not None
    assert said.hole_ratio == pytest.approx(8 * 18 / (2 * 40 * 48), abs=1e-6)
