"""CVAT, by small files whose pixels are counted by hand."""

from typing import Any

import numpy as np

from pconv_cli.masks.annotations.readers.cvat import recognise

from .pixels import Draw, box


def _cvat(inner: str, size: tuple[int, int] = (20, 30)) -> str:
    image = f'<image id="0" name="a.png" width="{size[1]}" height="{size[0]}">{inner}</image>'
    return f'<?xml version="1.0"?><annotations><version>1.1</version>{image}</annotations>'


class TestCvat:
    def test_box_ends_at_its_exclusive_edge(self, draw: Draw) -> None:
        hole = draw(_cvat('<box label="x" xtl="2" ytl="3" xbr="5" ybr="7"/>'), (20, 30), name="a.xml")[1]
        np.testing.assert_array_equal(hole, box((20, 30), (3, 6), (2, 4)))

    def test_box_turns_about_its_centre(self, draw: Draw) -> None:
        hole = draw(_cvat('<box label="x" xtl="4" ytl="8" xbr="14" ybr="12" rotation="90"/>'), (20, 30), name="a.xml")[
            1
        ]
        np.testing.assert_array_equal(hole, box((20, 30), (5, 14), (7, 10)))

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
        expected = box((20, 30), (1, 1), (1, 6))
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
        frame = '<box frame="{}" outside="{}" keyframe="1" xtl="2" ytl="3" xbr="5" ybr="7"/>'
        content = f'<annotations><track id="0" label="x">{frame.format(3, 0)}{frame.format(4, 1)}</track></annotations>'
        hole = draw(content, (20, 30), name="a.xml", image="frame_000003.png")[1]
        np.testing.assert_array_equal(hole, box((20, 30), (3, 6), (2, 4)))
        report, _ = draw(content, (20, 30), name="a.xml", image="frame_000004.png")
        assert report.bare == ["frame_000004.png"]

    def test_other_xml_is_not_cvat(self, tmp_path: Any) -> None:
        from pconv_cli.masks.annotations.source import AnnotationFile

        (tmp_path / "a.xml").write_text("<annotations><version>1.1</version></annotations>")
        assert not recognise(AnnotationFile(tmp_path / "a.xml"))
