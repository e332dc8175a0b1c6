"""QuPath's GeoJSON, and outlines and masks in channels of a TIFF, by small files whose pixels are counted by hand."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pconv_cli.masks.annotations.importing import find_annotations

from .pixels import Draw, box, labelme


class TestGeoJson:
    def test_rings_after_the_first_are_holes(self, draw: Draw) -> None:
        outer, inner = [[2, 3], [12, 3], [12, 13], [2, 13], [2, 3]], [[5, 6], [8, 6], [8, 9], [5, 9], [5, 6]]
        feature = {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [outer, inner]},
            "properties": {"objectType": "annotation", "classification": {"name": "loss"}},
        }
        expected = box((20, 30), (3, 12), (2, 11)) & ~box((20, 30), (6, 8), (5, 7))
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
        assert "belong to a map" in draw(content, (20, 30))[0].failed[0][1]


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
        np.testing.assert_array_equal(hole, box((20, 30), (0, 19), (1, 2)))
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
        np.testing.assert_array_equal(hole, box((20, 30), (0, 19), (1, 1)))
        assert report.labels == {"Riß": 1, "loss": 1}

    def test_in_a_folder_they_count_where_there_is_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "a.tif").write_bytes(self.content([0]))
        (tmp_path / "b.tif").write_bytes(self.content([2]))
        assert find_annotations(tmp_path) == [tmp_path / "a.tif"]
        (tmp_path / "c.json").write_text(json.dumps(labelme()), "utf-8")
        assert find_annotations(tmp_path) == [tmp_path / "c.json"]

    def test_without_channels_it_is_an_image_and_no_annotation(self, draw: Draw) -> None:
        report, _ = draw(self.content([2]), (20, 30), name="a.tif")
        assert "is of no annotation format that is read" in report.failed[0][1]
