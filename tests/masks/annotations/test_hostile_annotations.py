"""What is wrong with annotations is said in a line each, and costs neither time nor memory."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .annotated import region

Draw = Callable[..., tuple[Any, np.ndarray]]
DEEP = "[" * 100_000 + "]" * 100_000
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + ']><annotations><image name="a.png" width="30" height="20"><box label="&j;"/></image></annotations>'
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20">{}</svg>'
COPIES = SVG.format(
    '<g id="a0"><rect x="2" y="3" width="1" height="1"/></g>'
    + "".join(f'<g id="a{i + 1}">{f"""<use href="#a{i}"/>""" * 10}</g>' for i in range(7))
)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.svg", COPIES, "its copies make more than 100000 elements"),
        ("a.svg", SVG.format('<g id="a"><use href="#a"/></g>'), "copies of copies go deeper than 50 levels"),
        (
            "a.svg",
            SVG.format('<g id="a" clip-path="url(#b)"><image width="3" height="2" href="a.png"/></g>'),
            "its <g> (a) holds the scan and is cut by a clip-path",
        ),
        ("a.svg", SVG.format('<svg id="a" x="2" viewBox="0 0 3 3"/>'), "its inner <svg> (a) has a viewBox of its own"),
        (
            "a.svg",
            SVG.format('<symbol id="a" viewBox="0 0 3 3"><path d="M0 0h3v3z"/></symbol><use href="#a"/>'),
            "its inner <symbol> (a) has a viewBox of its own",
        ),
        ("a.json", '{"shapes": [', "is broken JSON"),
        ("a.json", DEEP, "is JSON nested more than 50 levels deep, which is not read; export the"),
        ("a.json", "{}", "is of no annotation format that is read"),
        ("a.json", b"\xff\xfe\x00", "is of no annotation format that is read"),
        ("a.json", b"", "is of no annotation format that is read"),
        ("a.xml", "<annotations><image", "is not whole XML"),
        ("a.xml", ENTITIES, "is not whole XML"),
        ("a.xml", '<?xml version="1.0" encoding="utf-9"?><annotations/>', "is not whole XML"),
        ("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><rect', "is not whole XML"),
        ("a.psd", b"8BPS" + bytes(40), "is damaged or incomplete"),
        ("a.dxf", "0\nSECTION\n2\nENT", "places no image"),
        ("a.json", '{"images": [{"id": [1], "file_name": 3}], "annotations": {"a": 1}}', "none of its images"),
    ],
)
def test_damaged_and_hostile_files_are_one_line_each(draw: Draw, name: str, content: str, reason: str) -> None:
    if name.endswith(".svg"):
        pytest.importorskip("svgelements")
    report, hole = draw(content, (20, 30), name=name)
    assert not hole.any()
    assert report.exit_code == 3 or reason == "none of its images"
    if report.failed:
        assert reason in report.failed[0][1]
        assert "\n" not in report.failed[0][1]


def test_copies_of_copies_within_bounds_are_drawn(draw: Draw) -> None:
    pytest.importorskip("svgelements")
    inner = '<g id="b"><use href="#a" x="4"/><use href="#a"/></g><rect id="a" x="2" y="3" width="1" height="1"/>'
    report, hole = draw(SVG.format(f'<use href="#b" y="10"/>{inner}'), (20, 30), name="a.svg")
    assert report.failed == []
    assert sorted(zip(*np.nonzero(hole), strict=True)) == [(3, 2), (3, 6), (13, 2), (13, 6)]


def test_one_number_beyond_all_measure_leaves_out_one_annotation(draw: Draw) -> None:
    content = _coco_runs([0, 600], [20, 30])
    content["annotations"].insert(0, {"image_id": 1, "bbox": [10**400, 0, 1, 1]})
    report, hole = draw(content, (20, 30))
    assert report.notes == ["a.json: left out annotation 1: its bbox is not a finite number"]
    assert hole.all()
    circle = {"label": "x", "shape_type": "circle", "points": [[0, 0], [9e6, 0]]}
    content = {"imagePath": "a.png", "imageHeight": 20, "imageWidth": 30, "shapes": [circle, region("x", 1, 1, 2, 2)]}
    report, hole = draw(content, (20, 30))
    assert "its radius of 9000000 px is larger than any image" in report.notes[0]
    assert hole.sum() == 4


def _coco_runs(counts: Any, size: list[int]) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}],
        "annotations": [{"image_id": 1, "segmentation": {"counts": counts, "size": size}}],
    }


@pytest.mark.parametrize(
    ("counts", "size", "reason"),
    [
        ([2**62, 2**62, 2**62, 2**62, 600], [20, 30], "its runs fill 18446744073709551616 pixels"),
        ([0, 601], [20, 30], "its runs fill 601 pixels, and its box has 30 x 20"),
        ([600, -5, 5], [20, 30], "its runs fill 600 pixels"),
        ([0, 10**10], [10**5, 10**5], "is larger than the image"),
        ("\x7f\x7f", [20, 30], "characters that COCO does not write"),
        ("oooo", [20, 30], "end in the middle"),
        ([1e400], [20, 30], "not a finite number"),
    ],
)
def test_run_lengths_that_lie(draw: Draw, counts: Any, size: list[int], reason: str) -> None:
    report, hole = draw(_coco_runs(counts, size), (20, 30))
    assert not hole.any()
    assert reason in " ".join([*report.notes, *(words for _, words in report.failed)])


def test_a_bitmap_that_unpacks_to_too_much_is_left_out(draw: Draw) -> None:
    import base64

    bomb = base64.b64encode(zlib.compress(bytes(70 << 20), 9)).decode()
    header = struct.pack(">II5B", 40_000, 40_000, 1, 0, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    huge = base64.b64encode(zlib.compress(b"\x89PNG\r\n\x1a\n" + chunk)).decode()
    things = [
        {"classTitle": "x", "geometryType": "bitmap", "bitmap": {"data": one, "origin": [0, 0]}} for one in (bomb, huge)
    ]
    report, hole = draw({"size": {"height": 20, "width": 30}, "objects": things}, (20, 30), name="a.png.json")
    assert not hole.any()
    assert "unpacks to more than 64 MiB (and 1 more)" in report.notes[0]


def test_very_many_points_and_points_far_outside(draw: Draw) -> None:
    angle = np.linspace(0, 2 * np.pi, 200_000)
    circle = np.stack([15 + 8 * np.cos(angle), 10 + 8 * np.sin(angle)], axis=1).ravel().round(4).tolist()
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}],
        "annotations": [
            {"image_id": 1, "segmentation": [circle]},
            {"image_id": 1, "segmentation": [[1e300, 1, 2, 1, 2, 2]]},
            {"image_id": 1, "segmentation": [[1e6, 1e6, 2e6, 1e6, 2e6, 2e6]]},
        ],
    }
    report, hole = draw(content, (20, 30))
    assert abs(hole.sum() - np.pi * 8.5**2) < 20
    assert "lies more than" in report.notes[0]
