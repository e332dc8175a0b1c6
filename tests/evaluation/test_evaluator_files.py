"""Everything that can be wrong with a result, a truth or a mask."""

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from pconv_cli.errors import ModelError, NothingToDo, UsageError
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.stored import StoredImage

from .evaluating import Warnings, failure, run


def replace(folders: Path, name: str, samples: NDArray[Any]) -> None:
    kind = ImageFormat.TIFF if samples.dtype == np.float32 else ImageFormat.PNG
    write_image(folders / "results" / name, StoredImage(samples, kind))


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros((24, 24, 1), np.uint8), "colour channels: 1 against 3 of the truth"),
        (np.zeros((24, 24, 3), np.uint16), "samples of uint16 against uint8 of the truth"),
        (np.zeros((23, 24, 3), np.uint8), "size 24x23 against 24x24 of the truth"),
    ],
)
def test_results_of_another_kind(folders: Path, samples: NDArray[Any], words: str) -> None:
    replace(folders, "a.png", samples)
    evaluation = run(folders)
    message = failure(evaluation, "a.png")
    assert words in message
    assert "results/a.png" in message
    assert len(evaluation.rows) == 2


def test_a_mask_of_another_size_is_blamed_where_result_and_truth_agree(folders: Path) -> None:
    write_mask(folders / "masks/a.png", np.ones((9, 24), bool))
    assert "masks/a.png 24x9; a mask must have the size of its image" in failure(run(folders), "a.png")


def test_truth_of_another_size(folders: Path) -> None:
    write_image(folders / "gt/a.png", StoredImage(np.zeros((12, 48, 3), np.uint8)))
    message = failure(run(folders), "a.png")
    assert "size 24x24 against 48x12 of the truth" in message
    assert "gt/a.png" in message


@pytest.mark.parametrize("folder", ["results", "gt", "masks"])
def test_damaged_files(folders: Path, folder: str) -> None:
    place = folders / folder / "a.png"
    place.write_bytes(place.read_bytes()[:60])
    assert f"{folder}/a.png" in failure(run(folders), "a.png")


def test_float_images_are_scaled_by_the_truths_white(folders: Path) -> None:
    for folder in ("gt", "results"):
        samples = read_image(folders / folder / "a.png").samples.astype(np.float32)
        samples[0, 0, 0] = 255 if folder == "gt" else 300  # not in the hole; the truth's largest value is white
        (folders / folder / "a.png").unlink()
        write_image(folders / folder / "a.tif", StoredImage(samples, ImageFormat.TIFF))
    row = run(folders, metrics=(Metric.L1,)).rows[0]
    assert row.scores[Metric.L1].hole == pytest.approx(400 / 255)


@pytest.mark.parametrize("lacking", ["gt", "results"])
def test_float_image_that_is_not_finite(folders: Path, lacking: str) -> None:
    for folder in ("gt", "results"):
        (folders / folder / "a.png").unlink()
        samples = np.full((24, 24, 3), 0.5, np.float32)
        samples[3, 4] = np.nan if folder == lacking else 0.5
        write_image(folders / folder / "a.tif", StoredImage(samples, ImageFormat.TIFF))
    assert f"{lacking}/a.tif: has samples that are not finite numbers; replace" in failure(run(folders), "a.tif")


def test_alpha_is_not_looked_at(folders: Path) -> None:
    samples = read_image(folders / "results/a.png").samples
    replace(folders, "a.png", np.dstack([samples, np.zeros((24, 24, 1), np.uint8)]))
    assert run(folders).rows[0].scores[Metric.L1].hole == pytest.approx(400 / 255)


def test_small_and_identical_images_are_kept_out_of_the_means(folders: Path) -> None:
    shutil.copy(folders / "gt/a.png", folders / "results/a.png")
    small = StoredImage(np.zeros((8, 8, 3), np.uint8))
    for folder in ("results", "gt"):
        write_image(folders / folder / "sub/b.png", small)
    write_image(folders / "masks/sub/b.png", StoredImage(np.full((8, 8, 1), 255, np.uint8)))
    total = run(folders).groups()[-1]
    assert (total.label, total.count) == ("total", 3)
    psnr, ssim = total.means[Metric.PSNR, "hole"], total.means[Metric.SSIM, "whole"]
    assert (psnr.value, psnr.count, psnr.infinite) == (pytest.approx(20 * math.log10(255 / 16)), 1, 2)
    assert (ssim.count, ssim.absent) == (2, 1)


def test_masks_that_look_inverted_are_reported_and_polarity_turns_them(folders: Path) -> None:
    for path in (folders / "masks").rglob("*.png"):
        write_image(path, StoredImage(255 - read_image(path).samples))
    progress = Warnings()
    inverted = run(folders, progress, metrics=(Metric.L1,))
    assert [row.class_name for row in inverted.rows] == ["outside"] * 3
    assert progress.warnings == [
        "3 of 3 masks are more than 70 % hole; if black marks the hole there, pass `polarity` black"
    ]
    assert run(folders, polarity=Polarity.BLACK, metrics=(Metric.L1,)).rows[0].ratio == 64 / 576


def test_one_mask_that_looks_inverted_is_reported_in_the_singular(folders: Path) -> None:
    path = folders / "masks/a.png"
    write_image(path, StoredImage(255 - read_image(path).samples))
    progress = Warnings()
    run(folders, progress, metrics=(Metric.L1,))
    assert progress.warnings[0].startswith("1 of 3 masks is more than 70 % hole")


def test_usage(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`workers` 0"):
        run(folders, workers=0)
    with pytest.raises(UsageError, match="`band` 0"):
        run(folders, band=0)
    with pytest.raises(UsageError, match="`names` A,A: 2 folders"):
        evaluate(EvalOptions((folders / "results",) * 2, folders / "gt", folders / "masks", names=("A", "A")))
    with pytest.raises(UsageError, match="several results are compared by folders"):
        evaluate(EvalOptions((folders / "results", folders / "gt/a.png"), folders / "gt", folders / "masks"))
    with pytest.raises(UsageError, match="no metric"):
        run(folders, metrics=())
    with pytest.raises(UsageError, match="nowhere: there is no such file"):
        evaluate(EvalOptions(folders / "nowhere", folders / "gt", folders / "masks"))
    with pytest.raises(UsageError, match="nowhere: there is no such file or folder of true images"):
        evaluate(EvalOptions(folders / "results", folders / "nowhere", folders / "masks"))
    with pytest.raises(UsageError, match="nowhere"):
        evaluate(EvalOptions(folders / "results", folders / "gt", folders / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo, match="no image here"):
        evaluate(EvalOptions(tmp_path / "empty", folders / "gt", folders / "masks"))


def test_missing_vgg_says_how_to_get_it(folders: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PCONV_VGG16", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match="`vgg`"):
        run(folders, metrics=(Metric.PERCEPTUAL,))


def test_feature_metrics(folders: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from pconv_cli.core.vgg import VGG16Features

    torch.manual_seed(0)
    save_file(VGG16Features().state_dict(), tmp_path / "vgg.safetensors")
    evaluation = run(folders, metrics=(Metric.STYLE, Metric.L1), vgg=tmp_path / "vgg.safetensors", device="cpu")
    assert evaluation.metrics == (Metric.L1, Metric.STYLE)
    assert set(evaluation.rows[0].scores) == {Metric.L1, Metric.STYLE}
    figures = [row.scores[Metric.STYLE].hole for row in evaluation.rows]
    assert all(figure is not None and figure > 0 for figure in figures)
    assert len(evaluation.settings["vgg_weights_sha256"]) == 64


def test_heights_below_zero_have_a_range_of_their_own(tmp_path: Path) -> None:
    """Floats beyond [0, 1] are measured in a range that holds both; a mark of "no data" is not in it."""
    truth = np.linspace(-400, -100, 24 * 24, dtype=np.float32).reshape(24, 24, 1)
    result, mask = truth.copy(), np.ones((24, 24), bool)
    result[8:16, 8:16] += 40.1
    mask[8:16, 8:16] = False
    for name, samples in (("gt", truth), ("results", result)):
        write_image(tmp_path / name / "a.tif", StoredImage(samples, ImageFormat.TIFF))
    truth[1, 1] = result[1, 1] = -3.4e38
    for name, samples in (("gt", truth), ("results", result)):
        write_image(tmp_path / name / "b.tif", StoredImage(samples, ImageFormat.TIFF))
    truth[1, 1] = result[1, 1] = -9999
    for name, samples in (("gt", truth), ("results", result)):
        tifffile.imwrite(
            tmp_path / name / "c.tif", samples[..., 0], metadata=None, extratags=[(42113, "s", 0, "-9999", True)]
        )
    write_mask(tmp_path / "m.png", mask)
    metrics = (Metric.PSNR, Metric.SSIM)
    rows = evaluate(EvalOptions(tmp_path / "results", tmp_path / "gt", tmp_path / "m.png", metrics)).rows
    assert [row.name for row in rows] == ["a.tif", "b.tif", "c.tif"]
    for row in rows:
        assert row.scores[Metric.PSNR].hole == pytest.approx(20, abs=0.01)  # 40.1 of 401, from -400 to 1
    heights = [read_image(tmp_path / name / "a.tif").samples[:, :, 0] for name in ("results", "gt")]
    theirs = structural_similarity(
        *((one + 400.0) / 401 for one in heights),
        data_range=1,
        win_size=11,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert rows[0].scores[Metric.SSIM].whole == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"results": []}, "results: names no folder"),
        ({"workers": "2"}, r"workers: cannot be '2'; help\(EvalOptions\) says"),
        ({"band": 1.5}, r"band: cannot be 1.5; help\(EvalOptions\) says"),
        ({"results": ["results", "gt"], "names": "AB"}, "`names` AB: 2 folders of results need as many names"),
    ],
)
def test_what_python_hands_over_wrongly(
    folders: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: str
) -> None:
    monkeypatch.chdir(folders)
    with pytest.raises(UsageError, match=words):
        evaluate(EvalOptions(**({"results": "results", "truth": "gt", "masks": "masks"} | options)))


def test_no_data_is_measured_as_black(tmp_path: Path) -> None:
    truth = np.linspace(-400, -100, 24 * 24, dtype=np.float32).reshape(24, 24)
    result, mask = truth.copy(), np.ones((24, 24), bool)
    result[8:16, 8:16] += 40
    mask[8:16, 8:16] = False
    write_mask(tmp_path / "m.png", mask)
    for name, samples in (("gt", truth), ("results", result)):
        (tmp_path / name).mkdir()
        for file, number in (("a.tif", truth[8, 0]), ("b.tif", -9999)):
            samples[:8] = number  # beside the hole, where windows of SSIM see it
            tag = (42113, "s", 0, "-9999", True)
            tifffile.imwrite(tmp_path / name / file, samples, metadata=None, extratags=[tag])
    metrics = (Metric.PSNR, Metric.SSIM, Metric.L1)
    black, none = evaluate(EvalOptions(tmp_path / "results", tmp_path / "gt", tmp_path / "m.png", metrics)).rows
    assert black.scores == none.scores
