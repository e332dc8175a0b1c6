"""VIA, Label Studio and Supervisely, by small files whose pixels are counted by hand."""

import base64
import zlib
from typing import Any

import numpy as np
import pytest

from pconv_cli.masks.annotations.readers.label_studio import brush

from .pixels import Draw, box, png


def _via(shape: dict[str, Any], *, first: bool = False) -> dict[str, Any]:
    region = {"shape_attributes": shape, "region_attributes": {"kind": "loss"}}
    regions: Any = {"0": region} if first else [region]
    return {"a.png123": {"filename": "a.png", "size": 123, "regions": regions, "file_attributes": {}}}


class TestVia:
    @pytest.mark.parametrize("first", [False, True])
    def test_rectangle_by_clicks_on_pixels(self, draw: Draw, first: bool) -> None:
        content = _via({"name": "rect", "x": 3, "y": 2, "width": 4, "height": 5}, first=first)
        report, hole = draw(content, (20, 30))
        np.testing.assert_array_equal(hole, box((20, 30), (2, 7), (3, 7)))
        assert report.labels == {"loss": 1}

    def test_project_files_hold_the_same(self, draw: Draw) -> None:
        content = {"_via_settings": {}, "_via_img_metadata": _via({"name": "point", "cx": 3, "cy": 2})}
        np.testing.assert_array_equal(draw(content, (20, 30))[1], box((20, 30), (2, 2), (3, 3)))

    def test_polyline_that_returns_to_its_start_is_an_area(self, draw: Draw) -> None:
        shape = {"name": "polyline", "all_points_x": [3, 9, 9, 3, 3], "all_points_y": [2, 2, 8, 8, 3]}
        np.testing.assert_array_equal(draw(_via(shape), (20, 30))[1], box((20, 30), (2, 8), (3, 9)))
        shape = {"name": "polyline", "all_points_x": [3, 9], "all_points_y": [2, 2]}
        np.testing.assert_array_equal(draw(_via(shape), (20, 30))[1], box((20, 30), (2, 2), (3, 9)))


def _studio(*values: dict[str, Any], size: tuple[int, int] = (20, 40)) -> list[dict[str, Any]]:
    results = [
        {"id": f"r{number}", "original_width": size[1], "original_height": size[0], "image_rotation": 0, "value": value}
        for number, value in enumerate(values)
    ]
    return [{"data": {"image": "/data/upload/3/0a1b2c3d-a.png"}, "annotations": [{"result": results}]}]


class TestLabelStudio:
    def test_percent_become_pixels(self, draw: Draw) -> None:
        value = {"x": 10, "y": 25, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["loss"]}
        report, hole = draw(_studio(value), (20, 40))
        np.testing.assert_array_equal(hole, box((20, 40), (5, 14), (4, 23)))
        assert report.labels == {"loss": 1}

    def test_rectangle_turns_about_its_corner(self, draw: Draw) -> None:
        """10 x 4 px at (20, 5), a quarter turn clockwise: it hangs down from its corner, to the left of it."""
        value = {"x": 50, "y": 25, "width": 25, "height": 20, "rotation": 90, "rectanglelabels": ["x"]}
        hole = draw(_studio(value), (20, 40))[1]
        np.testing.assert_array_equal(hole, box((20, 40), (5, 14), (16, 19)))

    def test_older_and_minimal_exports(self, draw: Draw) -> None:
        value = {"points": [[10, 25], [60, 25], [60, 75], [10, 75]], "polygonlabels": ["x"]}
        older = _studio(value)
        older[0]["completions"] = older[0].pop("annotations")
        expected = box((20, 40), (5, 14), (4, 23))
        np.testing.assert_array_equal(draw(older, (20, 40))[1], expected)
        minimal = [{"image": "s3://b/a.png", "label": [{**value, "original_width": 40, "original_height": 20}]}]
        np.testing.assert_array_equal(draw(minimal, (20, 40))[1], expected)

    def test_brush_bytes_of_the_published_test(self) -> None:
        packed = [0, 0, 0, 18, 57, 27, 252, 96, 32, 1, 0, 6, 0, 40, 0, 192, 3, 128, 17, 56, 32]
        assert brush(np.array(packed, np.uint8)).tolist() == [1, 1, 1, 1, 2, 3, 5, 6, 7, 8, *[4] * 8]

    def test_brush_takes_the_alpha_channel(self, draw: Draw) -> None:
        """An image of 2 x 1 pixels: RGBA 0 0 0 255, 255 255 255 0; one run of 8 words, not repeated."""
        head = f"{8:032b}{7:05b}{3:04b}{3:04b}{3:04b}{3:04b}"
        words = "".join(f"{value:08b}" for value in (0, 0, 0, 255, 255, 255, 255, 0))
        bits = head + "0" + "00" + f"{7:04b}" + words
        packed = [int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8)]
        value = {"format": "rle", "rle": packed, "brushlabels": ["x"]}
        np.testing.assert_array_equal(draw(_studio(value, size=(1, 2)), (1, 2))[1], [[True, False]])

    def test_turned_images_and_lengths_that_do_not_fit_are_left_out(self, draw: Draw) -> None:
        content = _studio({"x": 1, "y": 1, "width": 1, "height": 1}, {"rle": [0, 0, 0, 9, 1, 1], "format": "rle"})
        content[0]["annotations"][0]["result"][0]["image_rotation"] = 90
        report, hole = draw(content, (20, 40))
        assert not hole.any()
        assert "turn it back there" in report.notes[0]
        assert "(and 1 more)" in report.notes[0]


def _supervisely(*objects: dict[str, Any], size: tuple[int, int] = (20, 30)) -> dict[str, Any]:
    return {"size": {"height": size[0], "width": size[1]}, "objects": list(objects)}


class TestSupervisely:
    def test_outlines_belong_to_the_polygon_and_to_its_hole(self, draw: Draw) -> None:
        points = {"exterior": [[3, 2], [13, 2], [13, 12], [3, 12]], "interior": [[[6, 5], [9, 5], [9, 8], [6, 8]]]}
        thing = {"classTitle": "loss", "geometryType": "polygon", "points": points}
        report, hole = draw(_supervisely(thing), (20, 30), name="a.png.json")
        expected = box((20, 30), (2, 12), (3, 13)) & ~box((20, 30), (5, 8), (6, 9))
        np.testing.assert_array_equal(hole, expected)
        assert report.labels == {"loss": 1}

    @pytest.mark.parametrize("mode", ["L", "P"])
    def test_bitmap(self, draw: Draw, mode: str) -> None:
        data = base64.b64encode(zlib.compress(png([[1, 1, 1], [1, 0, 1]], mode))).decode()
        thing = {"classTitle": "x", "bitmap": {"data": data, "origin": [4, 6]}, "points": {"exterior": []}}
        expected = box((20, 30), (6, 7), (4, 6))
        expected[7, 5] = False
        np.testing.assert_array_equal(draw(_supervisely(thing), (20, 30), name="a.png.json")[1], expected)

    def test_two_points_are_a_rectangle_unless_the_class_is_a_line(self, draw: Draw, tmp_path: Any) -> None:
        thing = {"classTitle": "x", "points": {"exterior": [[3, 2], [9, 2]]}}
        thing2 = {"classTitle": "y", "points": {"exterior": [[3, 4], [9, 8]]}}
        both = _supervisely(thing, thing2)
        assert draw(both, (20, 30), name="a.png.json")[1].sum() == 7 + 7 * 5
        (tmp_path / "meta.json").write_text('{"classes": [{"title": "y", "shape": "line"}]}')
        assert draw(both, (20, 30), name="a.png.json")[1].sum() < 7 + 15
