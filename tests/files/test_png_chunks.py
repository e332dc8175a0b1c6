"""Which chunks of a PNG stand in the restored file, too: those that are still true of it."""

import io
import struct
import zlib
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from PIL import Image

from pconv_cli.files.codecs import png
from pconv_cli.files.images import read_image, write_image

SAFE, UNSAFE = b"vpAg", b"prVW"  # the fourth letter says it


def framed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    place, found = 8, []
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        found.append((kind, data[place + 8 : place + 8 + length]))
        place += length + 12
    return found


def written(
    path: Path, image: Image.Image, before: dict[bytes, bytes], behind: dict[bytes, bytes] | None = None
) -> list[tuple[bytes, bytes]]:
    """The chunks, but for those of the samples, of a file that is read and written again; SAMPLES for these."""
    file = io.BytesIO()
    image.save(file, "PNG")
    parts = []
    for kind, data in chunks_of(file.getvalue()):
        if kind == b"IDAT":
            parts += [framed(*one) for one in before.items()]
        if kind == b"IEND":
            parts += [framed(*one) for one in (behind or {}).items()]
        parts.append(framed(kind, data))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    read = read_image(path)
    assert read.notes in ((), ("the palette is expanded: written as RGB",), ("1-bit grey: written as 8-bit grey",))
    write_image(path.with_name("out.png"), read)
    found = chunks_of(path.with_name("out.png").read_bytes())
    return [(kind, data) for kind, data in found if kind not in (b"IHDR", b"IEND")]


def image(mode: str) -> Image.Image:
    return Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).convert(mode)


def test_what_is_marked_as_safe_to_copy_stays_on_its_side_of_the_samples(tmp_path: Path) -> None:
    before, behind = {SAFE: b"before", b"oFFs": bytes(9), UNSAFE: b"a"}, {b"caNv": b"behind", b"prVX": b"b"}
    found = written(tmp_path / "a.png", image("RGB"), before, behind)
    kinds = [kind for kind, _ in found]
    assert kinds == [SAFE, b"oFFs", b"IDAT", b"caNv"]
    assert dict(found)[SAFE] == b"before"
    assert dict(found)[b"caNv"] == b"behind"


def test_the_time_of_the_last_change_is_not_claimed(tmp_path: Path) -> None:
    assert [kind for kind, _ in written(tmp_path / "a.png", image("L"), {b"tIME": bytes(7)})] == [b"IDAT"]


@pytest.mark.parametrize(("mode", "bits"), [("L", b"\5"), ("RGB", b"\5\6\5"), ("RGBA", b"\5\6\5\1"), ("P", b"\5\6\5")])
def test_significant_bits_stay(tmp_path: Path, mode: str, bits: bytes) -> None:
    assert (b"sBIT", bits) in written(tmp_path / "a.png", image(mode), {b"sBIT": bits})


@pytest.mark.parametrize("bits", [b"\0\5\5", b"\5\5\x09", b""])
def test_impossible_significant_bits_go(tmp_path: Path, bits: bytes) -> None:
    assert [kind for kind, _ in written(tmp_path / "a.png", image("RGB"), {b"sBIT": bits})] == [b"IDAT"]


def test_a_background_of_another_form_goes(tmp_path: Path) -> None:
    assert [kind for kind, _ in written(tmp_path / "a.png", image("RGB"), {b"bKGD": bytes(2)})] == [b"IDAT"]


@pytest.mark.parametrize(("kind", "data"), [(b"bKGD", bytes(6)), (b"sBIT", b"\5\5\5")])
def test_what_has_its_place_before_the_samples_goes_where_it_stands_behind_them(
    tmp_path: Path, kind: bytes, data: bytes
) -> None:
    assert [kind for kind, _ in written(tmp_path / "a.png", image("RGB"), {}, {kind: data})] == [b"IDAT"]


@pytest.mark.parametrize(("kind", "data"), [(b"bKGD", bytes(6)), (b"sBIT", b"\5\5\5"), (b"gAMA", bytes(3) + b"\1")])
def test_of_what_may_stand_once_the_first_stays(tmp_path: Path, kind: bytes, data: bytes) -> None:
    path = tmp_path / "a.png"
    image("RGB").save(path)
    start, rest = path.read_bytes()[:33], path.read_bytes()[33:]
    path.write_bytes(start + framed(kind, data) + framed(kind, bytes(len(data) - 1) + b"\1") + rest)
    write_image(tmp_path / "out.png", read_image(path))
    found = chunks_of((tmp_path / "out.png").read_bytes())
    assert [content for one, content in found if one == kind] == [data]


def test_a_chunk_whose_name_makes_a_file_unreadable_goes(tmp_path: Path) -> None:
    assert [kind for kind, _ in written(tmp_path / "a.png", image("RGB"), {b"vpag": b"x"})] == [b"IDAT"]


def test_significant_bits_of_other_channels_go(tmp_path: Path) -> None:
    assert [kind for kind, _ in written(tmp_path / "a.png", image("L"), {b"sBIT": b"\5\6\5"})] == [b"IDAT"]


@pytest.mark.parametrize("kind", [b"bKGD", b"pCAL"])
@pytest.mark.parametrize(("mode", "data"), [("L", bytes(2)), ("RGBA", bytes(6)), ("P", bytes(1)), ("1", bytes(2))])
def test_what_names_samples_by_number_stays_where_they_keep_theirs(
    tmp_path: Path, mode: str, data: bytes, kind: bytes
) -> None:
    kinds = [kind for kind, _ in written(tmp_path / "a.png", image(mode), {kind: data})]
    assert kinds == ([b"IDAT"] if mode in ("P", "1") else [kind, b"IDAT"])


def test_a_broken_private_chunk_is_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    written(path, image("L"), {SAFE: b"whole"})
    path.write_bytes(path.read_bytes().replace(b"whole", b"woole"))
    assert read_image(path).notes == ("its vpAg is damaged: left out",)


def test_private_chunks_have_a_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    known = {b"gAMA": struct.pack(">I", 45455), b"tEXt": bytes(900)}
    written(path, image("L"), {SAFE: bytes(600), **known}, {b"caNv": bytes(400)})
    monkeypatch.setattr(png, "MAX_TAG_BYTES", 1000)
    assert read_image(path).notes == ()
    monkeypatch.setattr(png, "MAX_TAG_BYTES", 999)
    read = read_image(path)
    assert read.notes == ("its private chunks hold more than 0 MB: left out",)
    write_image(path, read)
    assert [kind for kind, _ in chunks_of(path.read_bytes())] == [b"IHDR", b"gAMA", b"tEXt", b"IDAT", b"IEND"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_preview_in_a_private_chunk_is_emptied(tmp_path: Path, kind: str) -> None:
    file = io.BytesIO()
    image("RGB").save(file, kind)
    ((_, data), _) = written(tmp_path / "a.png", image("L"), {SAFE: b"made by" + file.getvalue() + b"me"})
    assert data == b"made by" + bytes(len(file.getvalue())) + b"me"


def test_many_chunks_half_of_them_broken_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image("RGB").save(path)
    start, rest = path.read_bytes()[:33], path.read_bytes()[33:]
    sound = [framed(SAFE, str(number).encode()) for number in range(40_000)]
    path.write_bytes(start + b"".join(one + one[:-1] + bytes([one[-1] ^ 1]) for one in sound) + rest)
    before = process_time()
    read = read_image(path)
    assert process_time() - before < 8  # by the square of them it is many times that
    assert read.notes == ("its vpAg is damaged: left out",)
    assert len(read.metadata.own["png_chunks"]) == len(sound)
