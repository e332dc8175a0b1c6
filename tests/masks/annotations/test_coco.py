"""COCO, by small files whose pixels are counted by hand."""

from typing import Any

import numpy as np
from PIL import Image

from pconv_cli.masks.annotations.readers.coco import counts_of_string

from .pixels import Draw, box


def _coco(*segmentations: Any, size: tuple[int, int] = (10, 5)) -> dict[str, Any]:
    return {
        "images": [{"id": 4, "file_name": "x/a.png", "height": size[0], "width": size[1]}],
        "categories": [{"id": 7, "name": "loss"}],
        "annotations": [{"image_id": 4, "category_id": 7, "segmentation": one} for one in segmentations],
    }


class TestCoco:
    def test_polygon_coordinates_are_corners(self, draw: Draw) -> None:
        report, hole = draw(_coco([[0, 0, 1, 0, 1, 2, 0, 2]]), (10, 5))
        np.testing.assert_array_equal(hole, box((10, 5), (0, 1), (0, 0)))
        assert report.labels == {"loss": 1}

    def test_an_outline_that_runs_round_twice_is_filled(self, draw: Draw) -> None:
        """As labelformat 0.1.17 writes it; parity alone leaves no pixel of it but the outline."""
        once = [0, 0, 5, 0, 5, 6, 0, 6]
        np.testing.assert_array_equal(draw(_coco([once + once]), (10, 5))[1], box((10, 5), (0, 5), (0, 4)))

    def test_run_lengths_go_down_the_columns(self, draw: Draw) -> None:
        hole = draw(_coco({"size": [10, 5], "counts": [0, 20, 30]}), (10, 5))[1]
        np.testing.assert_array_equal(hole, box((10, 5), (0, 9), (0, 1)))

    def test_compressed_run_lengths(self, draw: Draw) -> None:
        """Strings computed by hand: 5 bits a character, plus 48, from the fourth count on differences."""
        assert counts_of_string("0d0n0").tolist() == [0, 20, 30]
        assert counts_of_string("1234").tolist() == [1, 2, 3, 6]  # 4 is the difference to the second
        assert counts_of_string("123O").tolist() == [1, 2, 3, 1]  # O is -1
        hole = draw(_coco({"size": [10, 5], "counts": "0d0n0"}), (10, 5))[1]
        np.testing.assert_array_equal(hole, box((10, 5), (0, 9), (0, 1)))

    def test_boxes_count_where_there_is_no_segmentation(self, draw: Draw) -> None:
        content = _coco([])
        content["annotations"][0] |= {"bbox": [1, 2, 2, 3]}
        np.testing.assert_array_equal(draw(content, (10, 5))[1], box((10, 5), (2, 4), (1, 2)))

    def test_panoptic_segments_are_colours_of_a_png(self, draw: Draw, tmp_path: Any) -> None:
        colours = np.zeros((10, 5, 3), np.uint8)
        colours[:3, :, 0], colours[3:5, :, 1] = 7, 1  # segments 7 and 256
        (tmp_path / "a").mkdir()
        Image.fromarray(colours).save(tmp_path / "a/seg.png")
        content = _coco()
        segments = [{"id": 7, "category_id": 7}, {"id": 256, "category_id": 99}]
        content["annotations"] = [{"image_id": 4, "file_name": "seg.png", "segments_info": segments}]
        report, hole = draw(content, (10, 5), labels=["loss"])
        np.testing.assert_array_equal(hole, box((10, 5), (0, 2), (0, 4)))
        assert report.labels == {"loss": 1, "unlabelled": 1}
