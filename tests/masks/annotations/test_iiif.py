"""IIIF and Web Annotation, by small files whose pixels are counted by hand."""

from typing import Any

import numpy as np
import pytest

from .pixels import Draw, box


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
        np.testing.assert_array_equal(hole, box((20, 30), (2, 5), (3, 7)))
        assert report.labels == {"loss": 1}
        hole = draw(_iiif("https://example.org/a#xywh=percent:10,10,50,50"), (20, 30), name="x.json")[1]
        np.testing.assert_array_equal(hole, box((20, 30), (2, 11), (3, 17)))

    @pytest.mark.parametrize("opening", ["<svg xmlns='{0}'>", "<svg xmlns='{0}' viewBox='0 0 30 20'>"])
    def test_drawings_are_scaled_by_their_own_view_box(self, draw: Draw, opening: str) -> None:
        unit = 2 if "viewBox" not in opening else 1
        path = f"M {3 * unit} {2 * unit} H {8 * unit} V {6 * unit} H {3 * unit} Z"
        drawing = opening.format("http://www.w3.org/2000/svg") + f"<path d='{path}'/></svg>"
        target = {"source": "https://example.org/a", "selector": {"type": "SvgSelector", "value": drawing}}
        hole = draw(_iiif(target), (20, 30), name="x.json")[1]
        np.testing.assert_array_equal(hole, box((20, 30), (2, 5), (3, 7)))
