"""Images of many bands: known samples bit for bit, fills that belong together, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import UsageError
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.images.bands import partners
from pconv_cli.jobs.options import InpaintOptions

SIZE = (48, 64)


def spectra(bands: int, kind: str = "uint16") -> NDArray[Any]:
    """Two pigments side by side, each with a spectrum of its own, and a little grain that all bands share."""
    rng = np.random.default_rng(0)
    left, right = rng.uniform(0.2, 0.8, (2, bands))
    grain = rng.normal(0, 0.01, (*SIZE, 1))
    image = np.where(np.arange(SIZE[1])[None, :, None] < 32, left, right) + grain
    top = np.iinfo(kind).max if kind.startswith("u") else 1
    return (image * top).astype(kind)


def hole() -> NDArray[np.bool_]:
    found = np.zeros(SIZE, bool)
    found[20:28, 8:14] = found[20:28, 44:50] = True
    return found


def run(folder: Path, image: NDArray[Any], write: dict[str, Any] | None = None, **options: Any) -> Any:
    (folder / "in").mkdir()
    given = {"photometric": "minisblack", "planarconfig": "contig", "metadata": None, **(write or {})}
    tifffile.imwrite(folder / "in/a.tif", image, **given)
    Image.fromarray(hole()).save(folder / "m.png")
    return inpaint_folder(folder / "in", folder / "m.png", folder / "out", **{"method": "telea", **options})


def test_no_layer_holds_many_bands(tmp_path: Path) -> None:
    failed = run(tmp_path, spectra(9), rgb="3,2,1", retouch="layer").failed
    assert [name for name, _ in failed] == ["a.tif"]
    assert failed[0][1].endswith("has 9 bands, which no layer holds; leave out `retouch`")
    assert not list((tmp_path / "out").glob("a.tif*"))


@pytest.mark.parametrize("rgb", [None, "3,2,1", "7,1,5"])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_all_bands_are_filled_and_known_samples_stay(tmp_path: Path, kind: str, rgb: str | None) -> None:
    image = spectra(9, kind)
    coding = {"compression": "deflate", "predictor": True, "tile": (16, 16)}
    assert run(tmp_path, image, coding, rgb=rgb).failed == []
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file, tifffile.TiffFile(tmp_path / "in/a.tif") as before:
        page, old = file.pages.first, before.pages.first
        assert (page.samplesperpixel, page.extrasamples) == (9, old.extrasamples)
        assert (page.compression, page.predictor, page.dtype) == (old.compression, old.predictor, old.dtype)
        found = page.asarray()
    np.testing.assert_array_equal(found[~hole()], image[~hole()])
    top = 1 if kind == "float32" else np.iinfo(kind).max
    for columns in (slice(8, 14), slice(44, 50)):  # each pigment keeps its spectrum, in every band
        meant = image[:20, columns].reshape(-1, 9).mean(axis=0)
        assert np.abs(found[20:28, columns].reshape(-1, 9).mean(axis=0) - meant).max() < 0.02 * top


def test_spectra_in_holes_are_those_of_the_image(tmp_path: Path) -> None:
    image = spectra(8)
    assert run(tmp_path, image, rgb="1,2,3").failed == []
    found = tifffile.imread(tmp_path / "out/a.tif")
    known = {tuple(spectrum) for spectrum in image[~hole()][:, 3:].tolist()}
    assert {tuple(spectrum) for spectrum in found[hole()][:, 3:].tolist()} <= known


def test_sixty_four_bands_and_alpha_that_stays(tmp_path: Path) -> None:
    image = spectra(64, "uint8")
    assert run(tmp_path, image, {"photometric": "rgb", "extrasamples": [2] + [0] * 60}).failed == []
    found = tifffile.imread(tmp_path / "out/a.tif")
    np.testing.assert_array_equal(found[:, :, 3], image[:, :, 3])
    np.testing.assert_array_equal(found[~hole()], image[~hole()])
    assert all((found[hole()][:, band] != image[hole()][:, band]).any() for band in range(64) if band != 3)


BAD = {
    "beyond": (9, {}, {"rgb": "1,2,12"}, "has bands 1 to 9, and `rgb` names 12"),
    "png": (9, {}, {"format": "png"}, "has more channels than png can hold; write tiff"),
    "apart": (
        9,
        {"planarconfig": "separate"},
        {},
        "a.tif: holds its channels apart, which no image of many bands may; save it with the samples of each pixel",
    ),
    "many": (65, {}, {}, "has 65 channels; only grey or RGB, with or without alpha, work"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_filled_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    bands, write, options, words = BAD[name]
    image = spectra(bands)
    ((_, reason),) = run(tmp_path, np.moveaxis(image, 2, 0) if name == "apart" else image, write, **options).failed
    assert words in reason
    assert "\n" not in reason


@pytest.mark.parametrize("rgb", ["1,2", "0,1,2", "1,1,2", "a,b,c", "1,2,3,4"])
def test_names_of_bands_are_three_numbers(rgb: str) -> None:
    with pytest.raises(UsageError, match="must be the numbers of three bands"):
        InpaintOptions("in", "m", "out", rgb=rgb)


def test_partners_look_alike_and_are_near() -> None:
    colours = np.zeros((20, 40, 3), np.float32)
    colours[:, 20:] = 1
    mask = np.ones((20, 40), bool)
    mask[8:12, 5:8] = mask[8:12, 30:33] = False
    rows, columns = partners(colours, mask)
    assert mask[rows, columns].all()
    np.testing.assert_array_equal(columns < 20, np.argwhere(~mask)[:, 1] < 20)
    assert np.abs(np.stack([rows, columns], 1) - np.argwhere(~mask)).max() <= 5
