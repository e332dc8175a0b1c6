"""Methods compared in one go: the same holes for all, results as files hold them."""

import math
from pathlib import Path

import numpy as np
import pytest

from pconv_cli.errors import ModelError, NothingToDo, UsageError
from pconv_cli.evaluation import samples
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.samples import SampleOptions, damage_image, evaluate_samples
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.samples import sample_images
from pconv_cli.files.stored import StoredImage
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.ratios import touches_border


@pytest.fixture
def images(tmp_path: Path, noise) -> Path:
    """Two images, one in a folder of its own."""
    write_image(tmp_path / "in/one.png", StoredImage(noise((64, 80, 3), 1)))
    write_image(tmp_path / "in/sub/two.png", StoredImage(noise((70, 64, 3), 2)))
    return tmp_path / "in"


def cases(images: Path, seed: int = 0):
    files = [images / "one.png", images / "sub/two.png"]
    return [case for n, file in enumerate(files) for case in damage_image(n, file.name, file, seed)]


def test_every_class_once_a_image(images: Path) -> None:
    drawn = cases(images)
    assert [case.name for case in drawn[:2]] == ["0.01-0.1/one.png", "0.1-0.2/one.png"]
    assert len(drawn) == 12
    assert not touches_border(drawn[0].mask)
    mask = draw_mask(samples.KIND, (70, 64), np.random.default_rng([7, 1, 4]), ratio=(0.4, 0.5), border=None)
    assert np.array_equal(cases(images, 7)[6 + 4].mask, mask)  # as documented: seed, image, class
    again, other = cases(images), cases(images, 1)
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(drawn, again, strict=True))
    assert not any(np.array_equal(a.mask, b.mask) for a, b in zip(drawn, other, strict=True))


def test_samples_are_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    two = dict(list(sample_images().items())[:2])
    monkeypatch.setattr(samples, "sample_images", lambda: two)
    evaluation = evaluate_samples(SampleOptions((Metric.L1,)), {"grey": lambda rgb, _: rgb})
    assert {min(row.size) for row in evaluation.rows} == {samples.SHORT_SIDE}
    assert evaluation.settings["samples"] == list(two)
    assert evaluation.rows[0].files["result"].path == f"grey/0.01-0.1/{next(iter(two))}.png"


def test_methods_see_the_holes_and_not_the_truth(images: Path) -> None:
    seen = []

    def grey(rgb, mask):
        assert rgb.dtype == np.float32
        assert np.all(rgb[~mask] == np.float32(128 / 255))
        seen.append(mask)
        rgb[:] = 2.0  # valid pixels too, and out of range: clipped, and valid ones put back
        return rgb

    options = SampleOptions((Metric.PSNR, Metric.L1), images=images)
    evaluation = evaluate_samples(options, {"grey": grey, "again": grey}, source={"weights": "w"})
    assert all(np.array_equal(a, b) for a, b in zip(seen[::2], seen[1::2], strict=True))
    assert evaluation.methods == ["grey", "again"]
    first, case = evaluation.rows[0], cases(images)[0]
    expected = (255.0 - case.truth.samples[~case.mask]).mean() / 255
    assert first.scores[Metric.L1].hole == pytest.approx(100 * expected)
    assert first.scores[Metric.L1].whole == pytest.approx(100 * expected * first.ratio)
    assert [row.ratio_class for row in evaluation.rows[:12]] == [*range(6), *range(6)]
    assert (evaluation.settings["weights"], evaluation.settings["seed"]) == ("w", 0)


def test_what_is_kept_can_be_scored_again(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    evaluation = evaluate_samples(SampleOptions((Metric.L1,), images=images, out=out), {"grey": lambda rgb, _: rgb})
    row = evaluation.rows[7]
    assert row.name == "0.1-0.2/sub/two.png"
    assert row.files["result"].path == (out / "grey/0.1-0.2/sub/two.png").as_posix()
    truth = out / "truth/0.1-0.2/sub/two.png"
    assert truth.read_bytes() == (images / "sub/two.png").read_bytes()
    assert not truth.samefile(images / "sub/two.png")  # whoever edits what is kept leaves the original as it is
    assert row.files["truth"].path == (images / "sub/two.png").as_posix()
    hole = ~read_mask(out / "masks/0.1-0.2/sub/two.png")
    assert np.all(read_image(out / "grey/0.1-0.2/sub/two.png").samples[hole] == 128)
    assert hole.mean() == pytest.approx(row.ratio)
    again = evaluate(EvalOptions(out / "grey", out / "truth", out / "masks", (Metric.L1,)))
    assert [row.name for row in again.rows] == sorted(row.name for row in evaluation.rows)
    scores = {row.name: row.scores for row in evaluation.rows}
    assert all(row.scores == scores[row.name] for row in again.rows)
    with pytest.raises(UsageError, match="holds files already"):
        evaluate_samples(SampleOptions((Metric.L1,), images=images, out=out), {})


@pytest.mark.parametrize(("dtype", "kind"), [(np.uint16, ImageFormat.PNG), (np.float32, ImageFormat.TIFF)])
def test_other_depths_stay_what_they_are(tmp_path: Path, noise, dtype, kind) -> None:
    samples_ = noise((64, 64, 1)).astype(dtype) * (257 if dtype == np.uint16 else 1 / 255)
    write_image(tmp_path / "in" / f"a.{kind.value}", StoredImage(samples_.astype(dtype), kind))
    evaluation = evaluate_samples(
        SampleOptions((Metric.L1,), images=tmp_path / "in", out=tmp_path / "out"), {"same": lambda rgb, _: rgb}
    )
    assert read_image(Path(evaluation.rows[0].files["result"].path)).samples.dtype == dtype
    assert evaluation.exit_code == 0


def test_a_perfect_method_is_infinite(images: Path) -> None:
    truths = {case.mask.tobytes(): case.truth.rgb() for case in cases(images, 3)}
    perfect = evaluate_samples(
        SampleOptions((Metric.PSNR,), seed=3, images=images), {"cheat": lambda _, mask: truths[mask.tobytes()]}
    )
    assert all(row.scores[Metric.PSNR] == (math.inf, math.inf, math.inf) for row in perfect.rows)


@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_a_method_that_fails_is_not_hidden(images: Path, kind: type[Exception]) -> None:
    def broken(rgb, mask):
        raise kind("broken")

    evaluation = evaluate_samples(SampleOptions((Metric.L1,), images=images), {"broken": broken})
    assert (evaluation.exit_code, evaluation.rows) == (3, [])
    for name, error in evaluation.problems:
        assert f"{name}: failed unexpectedly ({kind.__name__}: broken)" in str(error)
    assert len(evaluation.problems) == len(list(images.iterdir()))


def test_values_that_are_no_numbers_are_refused(images: Path) -> None:
    with pytest.raises(ModelError, match=r"nan fills 0\.01-0\.1/one\.png wrongly"):
        evaluate_samples(SampleOptions((Metric.L1,), images=images), {"nan": lambda rgb, _: rgb * np.float32(np.nan)})


def test_a_image_that_cannot_be_read_fails_alone(images: Path) -> None:
    (images / "one.png").write_bytes(b"")
    evaluation = evaluate_samples(SampleOptions((Metric.L1,), images=images), {"same": lambda rgb, _: rgb})
    assert [name for name, _ in evaluation.problems] == ["one.png"]
    assert len(evaluation.rows) == 6


def test_an_image_too_small_for_a_mask_fails_by_name(images: Path, noise) -> None:
    write_image(images / "dot.png", StoredImage(noise((1, 1, 3), 3)))
    evaluation = evaluate_samples(SampleOptions((Metric.L1,), images=images), {"same": lambda rgb, _: rgb})
    ((name, error),) = evaluation.problems
    assert name == "dot.png"
    assert "dot.png: is 1x1, too small for any mask" in str(error)
    assert len(evaluation.rows) == 12


def test_nothing_is_written_among_the_images(images: Path) -> None:
    before = sorted(images.rglob("*"))
    for out, words in ((images / "out", "lies inside"), (images, "is the folder of the images")):
        with pytest.raises(UsageError, match=words):
            evaluate_samples(SampleOptions(images=images, out=out), {"same": lambda rgb, _: rgb})
    assert sorted(images.rglob("*")) == before


def test_two_images_of_one_stem(images: Path, noise) -> None:
    write_image(images / "one.bmp", StoredImage(noise((64, 80, 3), 3), ImageFormat.BMP))
    evaluation = evaluate_samples(SampleOptions((Metric.L1,), images=images), {"same": lambda rgb, _: rgb})
    ((name, error),) = evaluation.problems
    assert name == "one.png"
    assert "named as those of one.bmp" in str(error)


def test_bad_options(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`seed` -1"):
        evaluate_samples(SampleOptions(seed=-1), {})
    with pytest.raises(NothingToDo, match="no image here"):
        evaluate_samples(SampleOptions(images=tmp_path), {})
