"""Methods compared on samples: the same holes for all, results as files would hold them."""

import math

import numpy as np
import pytest

from pconv_cli.errors import ModelError, UsageError
from pconv_cli.evaluation import samples
from pconv_cli.evaluation.names import Metric
from pconv_cli.evaluation.samples import SampleOptions, evaluate_samples, sample_cases
from pconv_cli.files.samples import sample_pictures
from pconv_cli.masks.generate import draw_mask
from pconv_cli.masks.ratios import touches_border


@pytest.fixture
def two_pictures(monkeypatch, noise):
    pictures = {"one": noise((64, 80, 3), 1), "two": noise((70, 64, 3), 2)}
    monkeypatch.setattr(samples, "sample_pictures", lambda: pictures)
    return pictures


def test_every_class_once_a_picture(two_pictures) -> None:
    cases = sample_cases(two_pictures, 0)
    assert [case.name for case in cases[:2]] == ["one (0.01, 0.1]", "one (0.1, 0.2]"]
    assert len(cases) == 12
    assert not touches_border(cases[0].mask)
    rng = np.random.default_rng([7, 1, 4])
    drawn = draw_mask(samples.KIND, (70, 64), rng, ratio=(0.4, 0.5), border=None)
    assert np.array_equal(sample_cases(two_pictures, 7)[6 + 4].mask, drawn)  # as documented: seed, picture, class
    again, other = sample_cases(two_pictures, 0), sample_cases(two_pictures, 1)
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(cases, again, strict=True))
    assert not any(np.array_equal(a.mask, b.mask) for a, b in zip(cases, other, strict=True))


def test_real_samples_are_reduced() -> None:
    cases = sample_cases(sample_pictures(), 0)
    assert len(cases) >= 30
    assert {min(case.mask.shape) for case in cases} == {samples.SHORT_SIDE}


def test_methods_see_the_holes_and_not_the_truth(two_pictures) -> None:
    seen = []

    def grey(rgb, mask):
        assert rgb.dtype == np.float32
        assert np.all(rgb[~mask] == np.float32(128 / 255))
        seen.append(mask)
        return np.full_like(rgb, 2.0)  # valid pixels too, and out of range: clipped, and valid ones put back

    evaluation = evaluate_samples(
        SampleOptions((Metric.PSNR, Metric.L1)), {"grey": grey, "again": grey}, source={"weights": "w"}
    )
    assert all(np.array_equal(a, b) for a, b in zip(seen[:12], seen[12:], strict=True))
    assert evaluation.methods == ["grey", "again"]
    first = evaluation.rows[0]
    case = sample_cases(two_pictures, 0)[0]
    expected = (255.0 - case.truth[~case.mask]).mean() / 255
    assert first.scores[Metric.L1].hole == pytest.approx(100 * expected)
    assert first.scores[Metric.L1].whole == pytest.approx(100 * expected * first.ratio)
    assert [row.ratio_class for row in evaluation.rows[:12]] == [*range(6), *range(6)]
    assert evaluation.settings["weights"] == "w"
    assert evaluation.settings["seed"] == 0


def test_a_perfect_method_is_infinite(two_pictures) -> None:
    truths = {case.mask.tobytes(): case.truth for case in sample_cases(two_pictures, 3)}

    def cheat(_, mask):
        return truths[mask.tobytes()].astype(np.float32) / np.float32(255)

    evaluation = evaluate_samples(SampleOptions((Metric.PSNR,), seed=3), {"cheat": cheat})
    assert all(row.scores[Metric.PSNR] == (math.inf, math.inf) for row in evaluation.rows)


def test_a_method_that_fails_is_not_hidden(two_pictures) -> None:
    def broken(rgb, mask):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        evaluate_samples(SampleOptions((Metric.L1,)), {"broken": broken})


def test_values_that_are_no_numbers_are_refused(two_pictures) -> None:
    with pytest.raises(ModelError, match=r"nan fills one .* not finite"):
        evaluate_samples(SampleOptions((Metric.L1,)), {"nan": lambda rgb, _: rgb * np.float32(np.nan)})


def test_negative_seed(two_pictures) -> None:
    with pytest.raises(UsageError, match="--seed -1"):
        evaluate_samples(SampleOptions(seed=-1), {})
