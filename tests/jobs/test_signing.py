"""Restored files signed by C2PA: what is claimed, that samples stay, and what cannot be signed."""

import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.files.formats import SIGNED_FORMATS, ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.metadata.carried import SIGNED, Metadata
from pconv_cli.files.signing import signature
from pconv_cli.files.tiff import windowed
from pconv_cli.files.tiff.page import is_signed, open_tiff
from pconv_cli.files.tiff.pages import page_sizes
from pconv_cli.jobs import signing
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.manifest import read_manifest
from pconv_cli.jobs.report.outcome import InpaintReport
from tests.optional import needed
from tests.records import provenance_of

c2pa = needed("c2pa")

from . import large_tiffs  # noqa: E402
from .signers import KEYS, SIZE, put, the_mask, written_chain, written_key, written_signer  # noqa: E402

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">%b</rdf:RDF>'
)
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Options that sign."""
    return written_signer(tmp_path_factory.mktemp("signer"))


def run(root: Path, out: str = "out", images: str = "in", **options: Any) -> InpaintReport:
    return inpaint_folder(root / images, root / "m", root / out, **{"method": "telea", **options})


def signed_by(path: Path) -> dict[str, Any]:
    """What the library's reader says of a file."""
    with c2pa.Reader(str(path)) as reader:
        found: dict[str, Any] = json.loads(reader.json())
    return found


def active(found: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = found["manifests"][found["active_manifest"]]
    return one


def names_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name != "manifest.jsonl")


@pytest.mark.parametrize("kind", SIGNED_FORMATS)
def test_a_signed_file_has_the_samples_and_the_record_of_an_unsigned_one(
    tmp_path: Path, signer: dict[str, Path], kind: ImageFormat
) -> None:
    target = put(tmp_path, kind)
    assert not run(tmp_path, "plain").failed
    assert not run(tmp_path, **signer).failed
    plain, found = read_image(tmp_path / "plain" / target.name), read_image(target)
    assert np.array_equal(found.samples, plain.samples)
    assert provenance_of(found.metadata.xmp) == provenance_of(plain.metadata.xmp) is not None
    if kind is not ImageFormat.JPEG:
        assert np.array_equal(found.samples[the_mask()], read_image(tmp_path / "in" / target.name).samples[the_mask()])
    said = signed_by(target)
    assert said["validation_state"] == "Valid"
    assert {one["code"] for one in said["validation_status"]} == {"signingCredential.untrusted"}
    assert names_below(target.parent) == [target.name]


def test_the_claim_says_what_was_made_of_what_and_how(tmp_path: Path, signer: dict[str, Path]) -> None:
    target = put(tmp_path)
    run(tmp_path, **signer)
    claim = active(signed_by(target))
    (parent,) = claim["ingredients"]
    opened, edited = claim["assertions"][0]["data"]["actions"]
    mask = read_manifest(tmp_path / "out")["a.png"]["mask_sha256"]
    assert (claim["title"], claim["claim_generator_info"][0]["name"]) == ("a.png", "pconv")
    assert (parent["title"], parent["relationship"], "thumbnail" in parent) == ("a.png", "parentOf", False)
    assert (opened["action"], edited["action"], edited["digitalSourceType"]) == ("c2pa.opened", "c2pa.edited", SOURCE)
    assert edited["description"] == f"Damage filled by telea; mask SHA-256 {mask}; hole ratio 0.075000"


def test_a_signed_file_restored_again_keeps_its_manifest_as_the_parent_s(
    tmp_path: Path, signer: dict[str, Path]
) -> None:
    target = put(tmp_path)
    run(tmp_path, **signer)
    report = run(tmp_path, "again", "out", **signer)
    said = signed_by(tmp_path / "again" / target.name)
    assert (report.failed, report.warnings) == ([], [])
    assert (said["validation_state"], len(said["manifests"])) == ("Valid", 2)
    assert active(said)["ingredients"][0]["active_manifest"] in said["manifests"]
    unsigned = run(tmp_path, "unsigned", "out")
    assert unsigned.warnings == [f"a.png: {SIGNED}"]


def test_a_parent_of_a_kind_that_is_not_read_is_named(tmp_path: Path, signer: dict[str, Path]) -> None:
    put(tmp_path, ImageFormat.BMP)
    assert not run(tmp_path, format="png", **signer).failed
    (parent,) = active(signed_by(tmp_path / "out" / "a.png"))["ingredients"]
    assert (parent["title"], parent["relationship"]) == ("a.bmp", "parentOf")


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_algorithm_is_that_of_the_key(tmp_path: Path, algorithm: str) -> None:
    target, key = put(tmp_path), KEYS[algorithm]()
    chain = written_chain(tmp_path / "chain.pem", key)
    assert not run(tmp_path, c2pa_cert=chain, c2pa_key=written_key(tmp_path / "key.pem", key)).failed
    said = signed_by(target)
    assert said["validation_state"] == "Valid"
    assert active(said)["signature_info"]["alg"].lower() == algorithm


def book(path: Path) -> list[np.ndarray]:
    """Two pages, the first one with a level below it."""
    path.parent.mkdir()
    rng = np.random.default_rng(3)
    pages = [rng.integers(60, 200, (64, 64), np.uint8) for _ in range(2)]
    with tifffile.TiffWriter(path) as writer:
        writer.write(pages[0], photometric="minisblack", metadata=None, subifds=1, tile=(16, 16))
        writer.write(pages[0][::2, ::2], photometric="minisblack", metadata=None, subfiletype=1)
        writer.write(pages[1], photometric="minisblack", metadata=None, compression="deflate")
    return pages


def test_pages_and_levels_are_signed_and_counted_without_the_manifest_s_directory(
    tmp_path: Path, signer: dict[str, Path]
) -> None:
    before = book(tmp_path / "in" / "book.tif")
    (tmp_path / "m").mkdir()
    mask = np.ones((64, 64), bool)
    mask[8:12, 8:20] = False
    write_mask(tmp_path / "m" / "book_page1.png", mask)
    assert not run(tmp_path, **signer).failed
    target = tmp_path / "out" / "book.tif"
    assert signed_by(target)["validation_state"] == "Valid"
    with tifffile.TiffFile(target) as file:
        assert len(file.pages) == 3  # as other programs count
        assert len(file.pages[0].pages) == 1
        assert np.array_equal(file.pages[0].asarray()[mask], before[0][mask])
        assert np.array_equal(file.pages[1].asarray(), before[1])
    assert page_sizes(target) == [(64, 64)] * 2
    report = run(tmp_path, "again", "out")
    assert (report.failed, report.warnings) == ([], [f"book.tif: {SIGNED}"])
    with open_tiff(tmp_path / "again" / "book.tif") as file:
        assert not is_signed(file)
    assert page_sizes(tmp_path / "again" / "book.tif") == [(64, 64)] * 2
    assert not run(tmp_path, "third", "out", **signer).failed
    assert len(signed_by(tmp_path / "third" / "book.tif")["manifests"]) == 2


def test_an_image_without_a_hole_is_copied_and_not_signed(tmp_path: Path, signer: dict[str, Path]) -> None:
    target = put(tmp_path)
    write_mask(tmp_path / "m" / "a.png", np.ones(SIZE, bool))
    assert not run(tmp_path, **signer).failed
    assert target.read_bytes() == (tmp_path / "in" / "a.png").read_bytes()


def test_what_cannot_be_signed_fails_and_the_rest_is_done(tmp_path: Path, signer: dict[str, Path]) -> None:
    put(tmp_path)
    put(tmp_path, ImageFormat.BMP, "b")
    report = run(tmp_path, **signer)
    ((name, reason),) = report.failed
    assert (name, [one.name for one in report.done], report.exit_code) == ("b.bmp", ["a.png"], 3)
    assert "is written as bmp, which holds no C2PA manifest; write another format (`format`)" in reason


def test_a_scan_in_windows_is_signed_where_it_is_small_enough_for_memory(
    tmp_path: Path, signer: dict[str, Path], monkeypatch: pytest.MonkeyPatch, small_windows: None
) -> None:
    samples, hole = np.random.default_rng(2).integers(0, 255, (512, 320), np.uint8), np.zeros((512, 320), bool)
    hole[90:110, 30:60] = True
    large_tiffs.put(tmp_path, samples, hole, tile=(64, 64), bigtiff=True)
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    target = tmp_path / "out" / "scan.tif"
    assert not run(tmp_path, **signer).failed
    assert signed_by(target)["validation_state"] == "Valid"
    assert np.array_equal(tifffile.imread(target)[~hole], samples[~hole])
    monkeypatch.setattr(signing, "MOST_BYTES", 100)
    ((_, reason),) = run(tmp_path, "more", **signer).failed
    assert "is restored in windows, and signing would hold the whole of it in memory; leave out `c2pa_cert`" in reason
    assert names_below(tmp_path / "more") == []


def test_a_file_whose_samples_change_when_it_is_signed_fails(
    tmp_path: Path, signer: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = put(tmp_path)
    real = signature._sign

    def other(source: Any, signed: Any, *more: Any) -> None:
        with (tmp_path / "in" / "a.png").open("rb") as damaged:
            real(damaged if hasattr(source, "name") else source, signed, *more)

    monkeypatch.setattr(signature, "_sign", other)
    ((_, reason),) = run(tmp_path, **signer).failed
    assert "could not be signed (its samples are not the same once it is signed)" in reason
    assert names_below(target.parent) == []


def test_a_signature_that_does_not_fit_fails(
    tmp_path: Path, signer: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = put(tmp_path)
    real = signature._sign

    def spoilt(source: Any, signed: Any, *more: Any) -> None:
        real(source, signed, *more)
        if hasattr(signed, "name"):
            place = signed.seek(0) or signed.read().index(b"IDAT") + 9
            signed.seek(place)
            byte = signed.read(1)[0]
            signed.seek(place)
            signed.write(bytes([byte ^ 1]))

    monkeypatch.setattr(signature, "_sign", spoilt)
    ((_, reason),) = run(tmp_path, **signer).failed
    assert "could not be signed (its signature does not fit it: " in reason
    assert "assertion.dataHash.mismatch" in reason
    assert names_below(target.parent) == []


def test_outputs_are_made_again_where_they_are_to_be_signed(tmp_path: Path, signer: dict[str, Path]) -> None:
    target = put(tmp_path)
    run(tmp_path)
    assert [one.name for one in run(tmp_path, resume=True, **signer).done] == ["a.png"]
    assert run(tmp_path, resume=True, **signer).skipped == ["a.png"]
    assert signed_by(target)["validation_state"] == "Valid"
    secret = signer["c2pa_key"].read_bytes().splitlines()[1]
    for path in (target, tmp_path / "out" / "manifest.jsonl"):
        assert secret not in path.read_bytes()
        assert b"key.pem" not in path.read_bytes()


def test_nothing_is_fetched_that_an_image_points_to(tmp_path: Path, signer: dict[str, Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.c2pa"
        there = f'<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{address}"/>'
        target = put(tmp_path, metadata=Metadata(xmp=XMP % there.encode() + b"</x:xmpmeta>"))
        server.setblocking(False)
        assert not run(tmp_path, **signer).failed
        with pytest.raises(BlockingIOError):
            server.accept()
    assert signed_by(target)["validation_state"] == "Valid"
