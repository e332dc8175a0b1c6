"""SVG, DXF and Photoshop, by small files whose pixels are counted by hand."""

import io

import numpy as np
import pytest
from PIL import Image

from .pixels import Draw, box


class TestSvg:
    def test_fill_stroke_transform_and_units(self, draw: Draw) -> None:
        """100 x 50 units on an image of 200 x 100 px: all is twice as large."""
        content = """<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm" viewBox="0 0 100 50">
            <g transform="translate(10,5)"><rect id="r" width="5" height="10" fill="red"/></g>
            <path d="M 50 20 L 60 20" stroke="black" stroke-width="2" fill="none"/>
            <g style="display:none"><rect width="90" height="40"/></g></svg>"""
        report, hole = draw(content, (100, 200), name="a.svg")
        assert report.labels["r"] == 1
        np.testing.assert_array_equal(hole[:, :60], box((100, 60), (10, 29), (20, 29)))
        assert set(hole[:, 102:118].sum(axis=0)) == {4}

    def test_embedded_scan_is_the_frame(self, draw: Draw) -> None:
        content = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
            xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" viewBox="0 0 1000 1000">
            <image x="100" y="50" width="300" height="200" xlink:href="a.png"/>
            <g inkscape:groupmode="layer" inkscape:label="crack"><rect x="110" y="70" width="40" height="20"/></g>
            </svg>"""
        report, hole = draw(content, (20, 30), name="drawing.svg")
        np.testing.assert_array_equal(hole, box((20, 30), (2, 3), (1, 4)))
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
            np.testing.assert_array_equal(hole, box((20, 20), (14, 17), (12, 16)))

    def test_a_symbol_is_drawn_where_it_is_used(self, draw: Draw) -> None:
        symbol = '<symbol id="a"><rect width="3" height="2"/></symbol><use href="#a" x="12" y="14"/>'
        content = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">{symbol}</svg>'
        np.testing.assert_array_equal(draw(content, (20, 20), name="a.svg")[1], box((20, 20), (14, 15), (12, 14)))

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
        np.testing.assert_array_equal(hole, box((20, 20), (14, 17), (12, 16)))
        assert any(f"left out {line}" in note for note in report.notes), report.notes

    @pytest.mark.parametrize("opening", ['viewBox="0 0 20 20"', 'width="20px" height="20"'])
    def test_a_clip_path_round_everything_cuts_nothing(self, draw: Draw, opening: str) -> None:
        """Figma and other programs put such a one around every drawing."""
        clip = '<defs><clipPath id="all"><rect width="20" height="20"/></clipPath></defs>'
        group = f'{clip}<g clip-path="url(#all)"><rect x="12" y="14" width="5" height="4"/></g>'
        content = f'<svg xmlns="http://www.w3.org/2000/svg" {opening}>{group}</svg>'
        report, hole = draw(content, (20, 20), name="a.svg")
        np.testing.assert_array_equal(hole, box((20, 20), (14, 17), (12, 16)))
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
        expected = box((20, 40), (12, 15), (4, 11))
        expected |= box((20, 40), (0, 15), (20, 35)) & ~box((20, 40), (4, 11), (24, 31))
        np.testing.assert_array_equal(hole, expected)
        assert report.labels == {"loss": 1, "flaking": 1}

    def test_the_image_that_the_drawing_places_is_its_map(self, draw: Draw) -> None:
        hole = draw(self._drawing(with_image=True), (30, 40), name="map.dxf", labels=["loss"])[1]
        np.testing.assert_array_equal(hole, box((30, 40), (26, 27), (2, 5)))

    def test_without_either_it_says_what_to_give(self, draw: Draw) -> None:
        report, _ = draw(self._drawing(), (20, 40), name="a.dxf")
        assert "give `drawing_map` control points" in report.failed[0][1]

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
        np.testing.assert_array_equal(hole, box((20, 30), (2, 6), (3, 8)))
        assert report.failed == []
