"""Places and measures of a condition report: how an image is shown, and what its pixels measure."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pconv_cli.files.masks.codec import write_mask

from .reports import SIZE, reported, table

REMEDY = "pconv report takes the true one by `dpi`"


def test_places_are_those_of_the_image_as_it_is_shown(tmp_path: Path) -> None:
    image = np.zeros((40, 50, 3), np.uint8)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(
        tmp_path / "in/a.tif",
        image,
        resolution=(100, 200),
        resolutionunit="CENTIMETER",
        extratags=[(274, 3, 1, 6, True)],  # to be turned by a quarter, clockwise
    )
    hole = np.zeros((40, 50), np.bool_)
    hole[30:38, 4:10] = True
    write_mask(tmp_path / "m/a.png", ~hole)
    reported(tmp_path)
    (loss,) = table(tmp_path)
    assert [loss[key] for key in "xywh"] == ["2", "4", "8", "6"]
    (row,) = table(tmp_path, "images.csv")
    assert [row[key] for key in ("width_px", "height_px", "dpi_x", "dpi_y")] == ["40", "50", "508.0", "254.0"]
    assert [row[key] for key in ("width_cm", "height_cm", "area_cm2")] == ["0.2", "0.5", "0.0024"]


@pytest.mark.parametrize(
    ("dpi", "words"),
    [
        (
            1,
            f"its resolution of 0.99 dpi cannot be that of an object, so areas are in pixels only; {REMEDY}",
        ),
        (
            72,
            "its resolution of 72.01 dpi is what cameras and screens write without measuring",
        ),
    ],
)
def test_a_resolution_that_may_mean_nothing_is_said(
    tmp_path: Path, put: Callable[..., None], dpi: float, words: str
) -> None:
    put("a.png", dpi)  # which counts whole pixels a metre
    report = reported(tmp_path)
    assert (report.exit_code, len(report.warnings)) == (0, 1)
    assert report.warnings[0].startswith(f"a.png: {words}")
    assert (table(tmp_path)[0]["area_cm2"] == "") == (dpi == 1)
    assert reported(tmp_path, dpi=300).warnings == []
    assert table(tmp_path)[0]["width_mm"] == "0.846667"


def test_a_resolution_of_0_is_said(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png")
    (tmp_path / "in/a.png").unlink()
    tifffile.imwrite(tmp_path / "in/a.tif", np.zeros((*SIZE, 3), np.uint8), resolution=(0, 0), resolutionunit="INCH")
    report = reported(tmp_path)
    assert report.exit_code == 0
    assert report.warnings == [f"a.tif: its resolution is 0, so areas are in pixels only; {REMEDY}"]
