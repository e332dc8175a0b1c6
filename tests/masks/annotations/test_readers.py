"""Each format's meaning, by small files whose pixels are counted by hand."""

import base64
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.masks.annotations.coco import counts_of_string
from pconv_cli.masks.annotations.cvat import recognise
from pconv_cli.masks.annotations.importing import find_annotations
from pconv_cli.masks.annotations.label_studio import brush

Draw = Callable[..., tuple[Any, np.ndarray]]


def _box(size: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
    """True in rows and columns from the first to the last, both included."""
    expected = np.zeros(size, np.bool_)
    expected[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
    return expected


def _png(mask: list[list[int]], mode: str = "L") -> bytes:
    image = Image.fromarray(np.array(mask, np.uint8) * 255)
    if mode == "P":  # as Supervisely: two entries, the first transparent
        image = Image.fromarray(np.array(mask, np.uint8), "P")
        image.putpalette([0, 0, 0, 255, 255, 255])
        image.info["transparency"] = 0
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _labelme(*shapes: dict[str, Any], size: tuple[int, int] = (20, 30)) -> dict[str, Any]:
    return {"imagePath": "sub\\a.png", "imageHeight": size[0], "imageWidth": size[1], "shapes": list(shapes)}


class TestLabelMe:
    def test_rectangle_includes_both_corners_in_any_order(self, draw: Draw) -> None:
        shape = {"label": "x", "shape_type": "rectangle", "points": [[9, 8], [3, 2]]}
        report, hole = draw(_labelme(shape), (20, 30))
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 8), (3, 9)))
        assert report.labels == {"x": 1}

    def test_polygon_includes_its_outline(self, draw: Draw) -> None:
        shape = {"label": "x", "shape_type": None, "points": [[3, 2], [9, 2], [9, 8], [3, 8]]}
        np.testing.assert_array_equal(draw(_labelme(shape), (20, 30))[1], _box((20, 30), (2, 8), (3, 9)))

    def test_circle_by_centre_and_rim(self, draw: Draw) -> None:
        shape = {"label": "x", "shape_type": "circle", "points": [[15, 10], [15, 4]]}
        rows, columns = np.nonzero(draw(_labelme(shape), (20, 30))[1])
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 16, 9, 21)

    def test_line_is_10_px_wide_and_a_point_11(self, draw: Draw) -> None:
        line = {"label": "x", "shape_type": "line", "points": [[5, 10], [25, 10]]}
        hole = draw(_labelme(line), (20, 30))[1]
        assert set(hole[:, 10:20].sum(axis=0)) == {10}
        point = {"label": "x", "shape_type": "point", "points": [[15, 10]]}
        hole = draw(_labelme(point), (20, 30))[1]
        assert hole[10].sum() == hole[:, 15].sum() == 11

    def test_mask_sits_at_its_corner_and_is_cut_at_the_edge(self, draw: Draw) -> None:
        data = base64.b64encode(_png([[1, 0, 1], [1, 1, 1]])).decode()
        shape = {"label": "x", "shape_type": "mask", "points": [[28, 18], [30, 19]], "mask": data}
        expected = np.zeros((20, 30), np.bool_)
        expected[18, 28], expected[19, 28:30] = True, True
        np.testing.assert_array_equal(draw(_labelme(shape), (20, 30))[1], expected)

    def test_one_bad_shape_is_left_out_and_said(self, draw: Draw) -> None:
        good = {"label": "x", "shape_type": "rectangle", "points": [[3, 2], [3, 2]]}
        bad = {"label": "x", "shape_type": "polygon", "points": [[3, float("nan")]]}
        report, hole = draw(_labelme(good, bad, {"label": "x", "shape_type": "spiral", "points": [[1, 1]]}), (20, 30))
        assert hole.sum() == 1
        assert report.notes == ["a.json: left out shape 2: a coordinate is not a finite number (and 1 more)"]


def _coco(*segmentations: Any, size: tuple[int, int] = (10, 5)) -> dict[str, Any]:
    return {
        "images": [{"id": 4, "file_name": "x/a.png", "height": size[0], "width": size[1]}],
        "categories": [{"id": 7, "name": "loss"}],
        "annotations": [{"image_id": 4, "category_id": 7, "segmentation": one} for one in segmentations],
    }


class TestCoco:
    def test_polygon_coordinates_are_corners(self, draw: Draw) -> None:
        report, hole = draw(_coco([[0, 0, 1, 0, 1, 2, 0, 2]]), (10, 5))
        np.testing.assert_array_equal(hole, _box((10, 5), (0, 1), (0, 0)))
        assert report.labels == {"loss": 1}

    def test_run_lengths_go_down_the_columns(self, draw: Draw) -> None:
        hole = draw(_coco({"size": [10, 5], "counts": [0, 20, 30]}), (10, 5))[1]
        np.testing.assert_array_equal(hole, _box((10, 5), (0, 9), (0, 1)))

    def test_compressed_run_lengths(self, draw: Draw) -> None:
        """Strings computed by hand: 5 bits a character, plus 48, from the fourth count on differences."""
        assert counts_of_string("0d0n0").tolist() == [0, 20, 30]
        assert counts_of_string("1234").tolist() == [1, 2, 3, 6]  # 4 is the difference to the second
        assert counts_of_string("123O").tolist() == [1, 2, 3, 1]  # O is -1
        hole = draw(_coco({"size": [10, 5], "counts": "0d0n0"}), (10, 5))[1]
        np.testing.assert_array_equal(hole, _box((10, 5), (0, 9), (0, 1)))

    def test_boxes_count_where_there_is_no_segmentation(self, draw: Draw) -> None:
        content = _coco([])
        content["annotations"][0] |= {"bbox": [1, 2, 2, 3]}
        np.testing.assert_array_equal(draw(content, (10, 5))[1], _box((10, 5), (2, 4), (1, 2)))

    def test_panoptic_segments_are_colours_of_a_png(self, draw: Draw, tmp_path: Any) -> None:
        colours = np.zeros((10, 5, 3), np.uint8)
        colours[:3, :, 0], colours[3:5, :, 1] = 7, 1  # segments 7 and 256
        (tmp_path / "a").mkdir()
        Image.fromarray(colours).save(tmp_path / "a/seg.png")
        content = _coco()
        segments = [{"id": 7, "category_id": 7}, {"id": 256, "category_id": 99}]
        content["annotations"] = [{"image_id": 4, "file_name": "seg.png", "segments_info": segments}]
        report, hole = draw(content, (10, 5), labels=["loss"])
        np.testing.assert_array_equal(hole, _box((10, 5), (0, 2), (0, 4)))
        assert report.labels == {"loss": 1, "unlabelled": 1}


def _cvat(inner: str, size: tuple[int, int] = (20, 30)) -> str:
    image = f'<image id="0" name="a.png" width="{size[1]}" height="{size[0]}">{inner}</image>'
    return f'<?xml version="1.0"?><annotations><version>1.1</version>{image}</annotations>'


class TestCvat:
    def test_box_ends_at_its_exclusive_edge(self, draw: Draw) -> None:
        hole = draw(_cvat('<box label="x" xtl="2" ytl="3" xbr="5" ybr="7"/>'), (20, 30), name="a.xml")[1]
        np.testing.assert_array_equal(hole, _box((20, 30), (3, 6), (2, 4)))

    def test_box_turns_about_its_centre(self, draw: Draw) -> None:
        hole = draw(_cvat('<box label="x" xtl="4" ytl="8" xbr="14" ybr="12" rotation="90"/>'), (20, 30), name="a.xml")[
            1
        ]
        np.testing.assert_array_equal(hole, _box((20, 30), (5, 14), (7, 10)))

    def test_mask_runs_along_the_rows_of_its_box(self, draw: Draw) -> None:
        hole = draw(
            _cvat('<mask label="x" rle="2, 3, 1" left="5" top="7" width="3" height="2"/>'), (20, 30), name="a.xml"
        )[1]
        expected = np.zeros((20, 30), np.bool_)
        expected[7, 7], expected[8, 5:7] = True, True
        np.testing.assert_array_equal(hole, expected)

    def test_polyline_and_points_mark_what_they_pass(self, draw: Draw) -> None:
        hole = draw(
            _cvat('<polyline label="x" points="1.5,1.5;6.5,1.5"/><points label="x" points="9.2,9.9;20,0"/>'),
            (20, 30),
            name="a.xml",
        )[1]
        expected = _box((20, 30), (1, 1), (1, 6))
        expected[9, 9] = expected[0, 20] = True
        np.testing.assert_array_equal(hole, expected)

    def test_ellipse_and_cuboid(self, draw: Draw) -> None:
        hole = draw(_cvat('<ellipse label="x" cx="15" cy="10" rx="10" ry="5"/>'), (20, 30), name="a.xml")[1]
        rows, columns = np.nonzero(hole)
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 14, 5, 24)
        corners = {"tl1": (2, 2), "bl1": (2, 6), "tr1": (6, 2), "br1": (6, 6)}
        corners |= {"tl2": (4, 4), "bl2": (4, 8), "tr2": (8, 4), "br2": (8, 8)}
        places = " ".join(f'x{key}="{x}" y{key}="{y}"' for key, (x, y) in corners.items())
        hole = draw(_cvat(f'<cuboid label="x" {places}/>'), (20, 30), name="a.xml")[1]
        assert hole[2, 2]
        assert hole[7, 7]
        assert not hole[7, 2]

    def test_track_marks_its_frames_unless_outside(self, draw: Draw) -> None:
        box = '<box frame="{}" outside="{}" keyframe="1" xtl="2" ytl="3" xbr="5" ybr="7"/>'
        content = f'<annotations><track id="0" label="x">{box.format(3, 0)}{box.format(4, 1)}</track></annotations>'
        hole = draw(content, (20, 30), name="a.xml", image="frame_000003.png")[1]
        np.testing.assert_array_equal(hole, _box((20, 30), (3, 6), (2, 4)))
        report, _ = draw(content, (20, 30), name="a.xml", image="frame_000004.png")
        assert report.bare == ["frame_000004.png"]

    def test_other_xml_is_not_cvat(self, tmp_path: Any) -> None:
        from pconv_cli.masks.annotations.source import Source

        (tmp_path / "a.xml").write_text("<annotations><version>1.1</version></annotations>")
        assert not recognise(Source(tmp_path / "a.xml"))


def _via(shape: dict[str, Any], *, first: bool = False) -> dict[str, Any]:
    region = {"shape_attributes": shape, "region_attributes": {"kind": "loss"}}
    regions: Any = {"0": region} if first else [region]
    return {"a.png123": {"filename": "a.png", "size": 123, "regions": regions, "file_attributes": {}}}


class TestVia:
    @pytest.mark.parametrize("first", [False, True])
    def test_rectangle_by_clicks_on_pixels(self, draw: Draw, first: bool) -> None:
        content = _via({"name": "rect", "x": 3, "y": 2, "width": 4, "height": 5}, first=first)
        report, hole = draw(content, (20, 30))
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 7), (3, 7)))
        assert report.labels == {"loss": 1}

    def test_project_files_hold_the_same(self, draw: Draw) -> None:
        content = {"_via_settings": {}, "_via_img_metadata": _via({"name": "point", "cx": 3, "cy": 2})}
        np.testing.assert_array_equal(draw(content, (20, 30))[1], _box((20, 30), (2, 2), (3, 3)))

    def test_polyline_that_returns_to_its_start_is_an_area(self, draw: Draw) -> None:
        shape = {"name": "polyline", "all_points_x": [3, 9, 9, 3, 3], "all_points_y": [2, 2, 8, 8, 3]}
        np.testing.assert_array_equal(draw(_via(shape), (20, 30))[1], _box((20, 30), (2, 8), (3, 9)))
        shape = {"name": "polyline", "all_points_x": [3, 9], "all_points_y": [2, 2]}
        np.testing.assert_array_equal(draw(_via(shape), (20, 30))[1], _box((20, 30), (2, 2), (3, 9)))


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
        np.testing.assert_array_equal(hole, _box((20, 40), (5, 14), (4, 23)))
        assert report.labels == {"loss": 1}

    def test_rectangle_turns_about_its_corner(self, draw: Draw) -> None:
        """10 x 4 px at (20, 5), a quarter turn clockwise: it hangs down from its corner, to the left of it."""
        value = {"x": 50, "y": 25, "width": 25, "height": 20, "rotation": 90, "rectanglelabels": ["x"]}
        hole = draw(_studio(value), (20, 40))[1]
        np.testing.assert_array_equal(hole, _box((20, 40), (5, 14), (16, 19)))

    def test_older_and_minimal_exports(self, draw: Draw) -> None:
        value = {"points": [[10, 25], [60, 25], [60, 75], [10, 75]], "polygonlabels": ["x"]}
        older = _studio(value)
        older[0]["completions"] = older[0].pop("annotations")
        expected = _box((20, 40), (5, 14), (4, 23))
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
        expected = _box((20, 30), (2, 12), (3, 13)) & ~_box((20, 30), (5, 8), (6, 9))
        np.testing.assert_array_equal(hole, expected)
        assert report.labels == {"loss": 1}

    @pytest.mark.parametrize("mode", ["L", "P"])
    def test_bitmap(self, draw: Draw, mode: str) -> None:
        data = base64.b64encode(zlib.compress(_png([[1, 1, 1], [1, 0, 1]], mode))).decode()
        thing = {"classTitle": "x", "bitmap": {"data": data, "origin": [4, 6]}, "points": {"exterior": []}}
        expected = _box((20, 30), (6, 7), (4, 6))
        expected[7, 5] = False
        np.testing.assert_array_equal(draw(_supervisely(thing), (20, 30), name="a.png.json")[1], expected)

    def test_two_points_are_a_rectangle_unless_the_class_is_a_line(self, draw: Draw, tmp_path: Any) -> None:
        thing = {"classTitle": "x", "points": {"exterior": [[3, 2], [9, 2]]}}
        thing2 = {"classTitle": "y", "points": {"exterior": [[3, 4], [9, 8]]}}
        both = _supervisely(thing, thing2)
        assert draw(both, (20, 30), name="a.png.json")[1].sum() == 7 + 7 * 5
        (tmp_path / "meta.json").write_text('{"classes": [{"title": "y", "shape": "line"}]}')
        assert draw(both, (20, 30), name="a.png.json")[1].sum() < 7 + 15


class TestGeoJson:
    def test_rings_after_the_first_are_holes(self, draw: Draw) -> None:
        outer, inner = [[2, 3], [12, 3], [12, 13], [2, 13], [2, 3]], [[5, 6], [8, 6], [8, 9], [5, 9], [5, 6]]
        feature = {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [outer, inner]},
            "properties": {"objectType": "annotation", "classification": {"name": "loss"}},
        }
        expected = _box((20, 30), (3, 12), (2, 11)) & ~_box((20, 30), (6, 8), (5, 7))
        for content in ([feature], feature, {"type": "FeatureCollection", "features": [feature]}):
            report, hole = draw(content, (20, 30), name="a.geojson")
            np.testing.assert_array_equal(hole, expected)
            assert report.labels == {"loss": 1}

    def test_what_a_program_found_is_left_out(self, draw: Draw) -> None:
        geometry = {"type": "Point", "coordinates": [3.5, 2.5]}
        kinds = ("annotation", "detection", "cell")
        features = [{"type": "Feature", "geometry": geometry, "properties": {"objectType": kind}} for kind in kinds]
        report, hole = draw(features, (20, 30), name="a.geojson")
        assert hole.sum() == 1
        assert "a detection, which no person drew (and 1 more)" in report.notes[0]

    def test_coordinates_of_a_map_are_refused(self, draw: Draw) -> None:
        content = {"type": "FeatureCollection", "crs": {"type": "name"}, "features": []}
        assert "belong to a map" in draw(content, (20, 30))[0].failures[0][1]


class TestLabelMeXml:
    OBJECT = "<object><name>{}</name><deleted>{}</deleted>{}</object>"
    POLYGON = "<polygon>" + "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((3, 2), (9, 2), (9, 8), (3, 8)))
    POLYGON += "</polygon>"

    def content(self, *objects: tuple[str, int, str]) -> str:
        body = "".join(self.OBJECT.format(*one) for one in objects)
        size = "<imagesize><nrows>20</nrows><ncols>30</ncols></imagesize>"
        return f"<annotation><filename>a.png</filename><folder>f</folder>{size}{body}</annotation>"

    def test_polygons_include_their_outline_and_what_was_deleted_is_not_drawn(self, draw: Draw) -> None:
        content = self.content(("loss", 0, self.POLYGON), ("gone", 1, self.POLYGON))
        report, hole = draw(content, (20, 30), name="b.xml")
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 8), (3, 9)))
        assert report.labels == {"loss": 1}

    def test_masks_lie_beside_the_file_and_nowhere_else(self, draw: Draw, tmp_path: Path) -> None:
        mask = np.zeros((20, 30), np.uint8)
        mask[4:6, 7:10] = 1
        (tmp_path / "deeper").mkdir()
        (tmp_path / "m_1.png").write_bytes(_png(mask.tolist()))
        inside = "<segm><mask>../../elsewhere/m_1.png</mask></segm>"
        report, hole = draw(
            self.content(("a", 0, inside), ("b", 0, inside.replace("m_1", "m_2"))), (20, 30), name="b.xml"
        )
        np.testing.assert_array_equal(hole, _box((20, 30), (4, 5), (7, 9)))
        assert "object 2: its mask 'm_2.png' does not lie beside the file" in report.notes[0]


class TestTiffChannels:
    def content(self, kinds: list[int], names: bytes = b"", dtype: str = "uint8", planes: bool = False) -> bytes:
        """An RGB image whose further samples are white in the columns of their own number (from 0)."""
        samples = np.zeros((20, 30, 3 + len(kinds)), dtype)
        for number in range(len(kinds)):
            samples[:, number, 3 + number] = np.iinfo(dtype).max
        data = io.BytesIO()
        tifffile.imwrite(
            data,
            np.moveaxis(samples, 2, 0) if planes else samples,
            photometric="rgb",
            planarconfig="separate" if planes else "contig",
            extrasamples=kinds,
            metadata=None,
            extratags=[(34377, 7, len(names), names, True)] if names else [],
        )
        return data.getvalue()

    @pytest.mark.parametrize("planes", [False, True])
    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_channels_are_classes_and_alpha_is_none(self, draw: Draw, dtype: str, planes: bool) -> None:
        report, hole = draw(self.content([2, 0, 0], dtype=dtype, planes=planes), (20, 30), name="a.tif")
        np.testing.assert_array_equal(hole, _box((20, 30), (0, 19), (1, 2)))
        assert report.labels == {"channel 5": 1, "channel 6": 1}

    @pytest.mark.parametrize("unicode", [True, False])
    def test_photoshop_names_them(self, draw: Draw, unicode: bool) -> None:
        words = ["Transparency", "Riß", "loss"]
        if unicode:
            number = 1045
            content = b"".join((len(word) + 1).to_bytes(4, "big") + (word + "\0").encode("utf-16-be") for word in words)
        else:
            number = 1006
            content = b"".join(bytes([len(word)]) + word.encode("mac_roman") for word in words)
        block = b"8BIM" + number.to_bytes(2, "big") + b"\0\0" + len(content).to_bytes(4, "big")
        resources = block + content + bytes(len(content) % 2)
        report, hole = draw(self.content([2, 0, 0], resources), (20, 30), name="a.tif", labels=["riß"])
        np.testing.assert_array_equal(hole, _box((20, 30), (0, 19), (1, 1)))
        assert report.labels == {"Riß": 1, "loss": 1}

    def test_in_a_folder_they_count_where_there_is_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "a.tif").write_bytes(self.content([0]))
        (tmp_path / "b.tif").write_bytes(self.content([2]))
        assert find_annotations(tmp_path) == [tmp_path / "a.tif"]
        (tmp_path / "c.json").write_text(json.dumps(_labelme()), "utf-8")
        assert find_annotations(tmp_path) == [tmp_path / "c.json"]

    def test_without_channels_it_is_an_image_and_no_annotation(self, draw: Draw) -> None:
        report, _ = draw(self.content([2]), (20, 30), name="a.tif")
        assert "is of no annotation format that is read" in report.failures[0][1]


class TestSvg:
    def test_fill_stroke_transform_and_units(self, draw: Draw) -> None:
        """100 x 50 units on an image of 200 x 100 px: all is twice as large."""
        content = """<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm" viewBox="0 0 100 50">
            <g transform="translate(10,5)"><rect id="r" width="5" height="10" fill="red"/></g>
            <path d="M 50 20 L 60 20" stroke="black" stroke-width="2" fill="none"/>
            <g style="display:none"><rect width="90" height="40"/></g></svg>"""
        report, hole = draw(content, (100, 200), name="a.svg")
        assert report.labels["r"] == 1
        np.testing.assert_array_equal(hole[:, :60], _box((100, 60), (10, 29), (20, 29)))
        assert set(hole[:, 102:118].sum(axis=0)) == {4}

    def test_embedded_scan_is_the_frame(self, draw: Draw) -> None:
        content = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
            xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" viewBox="0 0 1000 1000">
            <image x="100" y="50" width="300" height="200" xlink:href="a.png"/>
            <g inkscape:groupmode="layer" inkscape:label="crack"><rect x="110" y="70" width="40" height="20"/></g>
            </svg>"""
        report, hole = draw(content, (20, 30), name="drawing.svg")
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 3), (1, 4)))
        assert report.labels == {"crack": 1}

    def test_fill_rule(self, draw: Draw) -> None:
        rings = "M 2 2 H 18 V 18 H 2 Z M 6 6 H 14 V 14 H 6 Z"
        content = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="{}" {}/></svg>'
        assert draw(content.format(rings, ""), (20, 20), name="a.svg")[1].sum() == 256
        assert draw(content.format(rings, 'fill-rule="evenodd"'), (20, 20), name="a.svg")[1].sum() == 256 - 64

    @pytest.mark.parametrize("name", ["mask", "marker", "symbol", "clipPath", "pattern"])
    def test_definitions_are_not_drawn_where_they_stand(self, draw: Draw, name: str) -> None:
        body = f'<g><{name} id="a"><rect width="9" height="9"/></{name}></g><rect x="12" y="14" width="5" height="4"/>'
        for opening in ('<svg viewBox="0 0 20 20">', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">'):
            hole = draw(opening + body + "</svg>", (20, 20), name="a.svg")[1]
            np.testing.assert_array_equal(hole, _box((20, 20), (14, 17), (12, 16)))

    def test_a_symbol_is_drawn_where_it_is_used(self, draw: Draw) -> None:
        symbol = '<symbol id="a"><rect width="3" height="2"/></symbol><use href="#a" x="12" y="14"/>'
        content = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">{symbol}</svg>'
        np.testing.assert_array_equal(draw(content, (20, 20), name="a.svg")[1], _box((20, 20), (14, 15), (12, 14)))

    @pytest.mark.parametrize(
        ("shape", "line"),
        [
            ('<rect id="b" clip-path="url(#half)" width="9" height="9"/>', "<rect> (b) is cut by a clip-path"),
            ('<rect id="b" style="clip-path: url(#half)" width="9" height="9"/>', "<rect> (b) is cut by a clip-path"),
            ('<rect class="cut" width="9" height="9"/>', "<rect> (without an id) is cut by a clip-path"),
            ('<g id="g" mask="url(#half)"><rect width="9" height="9"/></g>', "<g> (g) is cut by a mask"),
            ('<circle id="c" r="10%" cx="5" cy="5"/>', "<circle> (c) has its r in percent"),
            ('<path d="M0 9H9" stroke="red" stroke-width="5%" id="p"/>', "<path> (p) has its stroke-width in percent"),
        ],
    )
    def test_what_would_be_drawn_otherwise_is_left_out_by_name(self, draw: Draw, shape: str, line: str) -> None:
        body = (
            "<style>.other {fill: red} .cut {clip-path: url(#half)}</style>"
            '<clipPath id="half"><rect width="5" height="20"/></clipPath>'
            f'{shape}<rect x="12" y="14" width="5" height="4"/>'
        )
        content = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">{body}</svg>'
        report, hole = draw(content, (20, 20), name="a.svg")
        np.testing.assert_array_equal(hole, _box((20, 20), (14, 17), (12, 16)))
        assert any(f"left out {line}" in note for note in report.notes), report.notes

    @pytest.mark.parametrize("opening", ['viewBox="0 0 20 20"', 'width="20px" height="20"'])
    def test_a_clip_path_round_everything_cuts_nothing(self, draw: Draw, opening: str) -> None:
        """Figma and other programs put such a one around every drawing."""
        clip = '<defs><clipPath id="all"><rect width="20" height="20"/></clipPath></defs>'
        group = f'{clip}<g clip-path="url(#all)"><rect x="12" y="14" width="5" height="4"/></g>'
        content = f'<svg xmlns="http://www.w3.org/2000/svg" {opening}>{group}</svg>'
        report, hole = draw(content, (20, 20), name="a.svg")
        np.testing.assert_array_equal(hole, _box((20, 20), (14, 17), (12, 16)))
        assert not report.notes

    @pytest.mark.parametrize("style", ["", 'fill="none" stroke="red" stroke-width="2"'], ids=["filled", "outline"])
    @pytest.mark.parametrize("group", ["<g>{}</g>", '<g transform="translate(30 3) rotate(30) scale(2)">{}</g>'])
    def test_turned_shapes_are_where_their_outline_is(self, draw: Draw, group: str, style: str) -> None:
        turn = 'transform="rotate(30 12 12)"'
        head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80">'

        def hole(body: str) -> np.ndarray:
            return draw(head + group.format(body) + "</svg>", (80, 80), name="a.svg")[1]

        outline = hole(f'<polygon points="6,9 18,9 18,15 6,15" {turn} {style}/>')
        assert outline.any()
        np.testing.assert_array_equal(hole(f'<rect x="6" y="9" width="12" height="6" {turn} {style}/>'), outline)
        ellipse = hole(f'<ellipse cx="12" cy="12" rx="6" ry="3" {turn} {style}/>')
        arcs = hole(f'<path d="M6 12A6 3 0 0 1 18 12A6 3 0 0 1 6 12Z" {turn} {style}/>')
        assert np.mean(ellipse != arcs) < 0.002 < np.mean(ellipse)


def _iiif(*targets: Any) -> dict[str, Any]:
    items = [
        {"type": "Annotation", "id": f"n{number}", "body": {"value": "loss"}, "target": target}
        for number, target in enumerate(targets)
    ]
    page = {"type": "AnnotationPage", "id": "page", "items": items}
    canvas = {"type": "Canvas", "id": "https://example.org/a", "width": 60, "height": 40, "annotations": [page]}
    return {"@context": "x", "type": "Manifest", "id": "m", "items": [canvas]}


class TestIiif:
    def test_fragments_count_canvas_units(self, draw: Draw) -> None:
        report, hole = draw(_iiif("https://example.org/a#xywh=6,4,10,8"), (20, 30), name="x.json")
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 5), (3, 7)))
        assert report.labels == {"loss": 1}
        hole = draw(_iiif("https://example.org/a#xywh=percent:10,10,50,50"), (20, 30), name="x.json")[1]
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 11), (3, 17)))

    @pytest.mark.parametrize("opening", ["<svg xmlns='{0}'>", "<svg xmlns='{0}' viewBox='0 0 30 20'>"])
    def test_drawings_are_scaled_by_their_own_view_box(self, draw: Draw, opening: str) -> None:
        unit = 2 if "viewBox" not in opening else 1
        path = f"M {3 * unit} {2 * unit} H {8 * unit} V {6 * unit} H {3 * unit} Z"
        drawing = opening.format("http://www.w3.org/2000/svg") + f"<path d='{path}'/></svg>"
        target = {"source": "https://example.org/a", "selector": {"type": "SvgSelector", "value": drawing}}
        hole = draw(_iiif(target), (20, 30), name="x.json")[1]
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 5), (3, 7)))


class TestDxf:
    @staticmethod
    def _drawing(with_image: bool = False) -> str:
        ezdxf = pytest.importorskip("ezdxf")
        drawing = ezdxf.new("R2010")
        space = drawing.modelspace()
        space.add_lwpolyline([(1, 1), (3, 1), (3, 2), (1, 2)], close=True, dxfattribs={"layer": "loss"})
        hatch = space.add_hatch(dxfattribs={"layer": "flaking"})
        hatch.paths.add_polyline_path([(5, 1), (9, 1), (9, 5), (5, 5)], is_closed=True)
        hatch.paths.add_polyline_path([(6, 2), (8, 2), (8, 4), (6, 4)], is_closed=True, flags=16)
        if with_image:
            image = drawing.add_image_def("scans/a.png", size_in_pixel=(40, 30))
            space.add_image(image, insert=(0, 0), size_in_units=(20, 15))
        text = io.StringIO()
        drawing.write(text)
        return text.getvalue()

    def test_control_points_turn_y_over(self, draw: Draw) -> None:
        report, hole = draw(self._drawing(), (20, 40), name="a.dxf", drawing_map="0,0=0,20 10,5=40,0")
        expected = _box((20, 40), (12, 15), (4, 11))
        expected |= _box((20, 40), (0, 15), (20, 35)) & ~_box((20, 40), (4, 11), (24, 31))
        np.testing.assert_array_equal(hole, expected)
        assert report.labels == {"loss": 1, "flaking": 1}

    def test_the_image_that_the_drawing_places_is_its_map(self, draw: Draw) -> None:
        hole = draw(self._drawing(with_image=True), (30, 40), name="map.dxf", labels=["loss"])[1]
        np.testing.assert_array_equal(hole, _box((30, 40), (26, 27), (2, 5)))

    def test_without_either_it_says_what_to_give(self, draw: Draw) -> None:
        report, _ = draw(self._drawing(), (20, 40), name="a.dxf")
        assert "give `drawing_map` control points" in report.failures[0][1]

    def test_bulges_are_arcs(self, draw: Draw) -> None:
        ezdxf = pytest.importorskip("ezdxf")
        drawing = ezdxf.new("R2010")
        # Two half circles: a disc of radius 5 about (10, 10).
        drawing.modelspace().add_lwpolyline([(5, 10, 1), (15, 10, 1)], format="xyb", close=True)
        text = io.StringIO()
        drawing.write(text)
        hole = draw(text.getvalue(), (20, 20), name="a.dxf", drawing_map="0,0=0,20 20,20=20,0")[1]
        y, x = np.mgrid[:20, :20] + 0.5
        assert hole[np.hypot(x - 10, y - 10) < 5].all()
        assert not hole[np.hypot(x - 10, y - 10) > 5.75].any()


class TestPhotoshop:
    def test_channels_and_layer_masks_are_classes(self, draw: Draw) -> None:
        psd_tools = pytest.importorskip("psd_tools")
        document = psd_tools.PSDImage.new("RGB", (30, 20))
        layer = document.create_pixel_layer(Image.new("RGB", (30, 20), "red"), name="Losses")
        mask = Image.new("L", (30, 20), 0)
        mask.paste(255, (3, 2, 9, 7))
        layer.create_mask(mask)
        data = io.BytesIO()
        document.save(data)
        report, hole = draw(data.getvalue(), (20, 30), name="a.psd", labels=["Losses"])
        np.testing.assert_array_equal(hole, _box((20, 30), (2, 6), (3, 8)))
        assert report.failures == []
