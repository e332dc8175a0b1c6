"""LabelMe, its JSON and its older XML, by small files whose pixels are counted by hand."""

import base64
from pathlib import Path

import numpy as np

from .pixels import Draw, box, labelme, png


class TestLabelMe:
    def test_rectangle_includes_both_corners_in_any_order(self, draw: Draw) -> None:
        shape = {"label": "x", "shape_type": "rectangle", "points": [[9, 8], [3, 2]]}
        report, hole = draw(labelme(shape), (20, 30))
        np.testing.assert_array_equal(hole, box((20, 30), (2, 8), (3, 9)))
        assert report.labels == {"x": 1}

    def test_polygon_includes_its_outline(self, draw: Draw) -> None:
        shape = {"label": "x", "shape_type": None, "points": [[3, 2], [9, 2], [9, 8], [3, 8]]}
        np.testing.assert_array_equal(draw(labelme(shape), (20, 30))[1], box((20, 30), (2, 8), (3, 9)))

    def test_circle_by_centre_and_rim(self, draw: Draw) -> None:
        shape = {"label": "x", "shape_type": "circle", "points": [[15, 10], [15, 4]]}
        rows, columns = np.nonzero(draw(labelme(shape), (20, 30))[1])
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 16, 9, 21)

    def test_line_is_10_px_wide_and_a_point_11(self, draw: Draw) -> None:
        line = {"label": "x", "shape_type": "line", "points": [[5, 10], [25, 10]]}
        hole = draw(labelme(line), (20, 30))[1]
        assert set(hole[:, 10:20].sum(axis=0)) == {10}
        point = {"label": "x", "shape_type": "point", "points": [[15, 10]]}
        hole = draw(labelme(point), (20, 30))[1]
        assert hole[10].sum() == hole[:, 15].sum() == 11

    def test_mask_sits_at_its_corner_and_is_cut_at_the_edge(self, draw: Draw) -> None:
        data = base64.b64encode(png([[1, 0, 1], [1, 1, 1]])).decode()
        shape = {"label": "x", "shape_type": "mask", "points": [[28, 18], [30, 19]], "mask": data}
        expected = np.zeros((20, 30), np.bool_)
        expected[18, 28], expected[19, 28:30] = True, True
        np.testing.assert_array_equal(draw(labelme(shape), (20, 30))[1], expected)

    def test_one_bad_shape_is_left_out_and_said(self, draw: Draw) -> None:
        good = {"label": "x", "shape_type": "rectangle", "points": [[3, 2], [3, 2]]}
        bad = {"label": "x", "shape_type": "polygon", "points": [[3, float("nan")]]}
        report, hole = draw(labelme(good, bad, {"label": "x", "shape_type": "spiral", "points": [[1, 1]]}), (20, 30))
        assert hole.sum() == 1
        assert report.notes == ["a.json: left out shape 2: a coordinate is not a finite number (and 1 more)"]


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
        np.testing.assert_array_equal(hole, box((20, 30), (2, 8), (3, 9)))
        assert report.labels == {"loss": 1}

    def test_masks_lie_beside_the_file_and_nowhere_else(self, draw: Draw, tmp_path: Path) -> None:
        mask = np.zeros((20, 30), np.uint8)
        mask[4:6, 7:10] = 1
        (tmp_path / "deeper").mkdir()
        (tmp_path / "m_1.png").write_bytes(png(mask.tolist()))
        inside = "<segm><mask>../../elsewhere/m_1.png</mask></segm>"
        report, hole = draw(
            self.content(("a", 0, inside), ("b", 0, inside.replace("m_1", "m_2"))), (20, 30), name="b.xml"
        )
        np.testing.assert_array_equal(hole, box((20, 30), (4, 5), (7, 9)))
        assert "object 2: its mask 'm_2.png' does not lie beside the file" in report.notes[0]
