"""Texture and rim against loops over pixels and values worked out by hand; how ratios are averaged and compared."""

import csv
import io
import json
import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics import texture
from pconv_cli.evaluation.metrics.differences import Score
from pconv_cli.evaluation.metrics.names import READINGS, Metric
from pconv_cli.evaluation.metrics.ratio import Ratio
from pconv_cli.evaluation.reports.check import compare, read_recipe
from pconv_cli.evaluation.reports.files import to_csv, to_json
from pconv_cli.evaluation.reports.statistics import mean, paired
from pconv_cli.evaluation.reports.tables import short_table, tables
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage

Noise = Callable[..., NDArray[Any]]


def texture_by_loops(result: NDArray[Any], truth: NDArray[Any], mask: NDArray[np.bool_]) -> float | None:
    """The definition, a pixel at a time."""
    height, width = mask.shape
    valid = np.argwhere(mask)
    sums = [0.0, 0.0]
    for y, x in np.argwhere(~mask):
        if not (3 <= y < height - 3 and 3 <= x < width - 3):
            continue
        if len(valid) and min(math.hypot(y - v, x - u) for v, u in valid) <= 6:
            continue
        for n, samples in enumerate((result, truth)):
            window = samples[y - 3 : y + 4, x - 3 : x + 4].astype(np.float64)
            sums[n] += window.std(axis=(0, 1)).sum()
    return sums[0] / sums[1] if sums[1] else None


def rim_by_loops(result: NDArray[Any], truth: NDArray[Any], mask: NDArray[np.bool_]) -> float | None:
    sums = [0.0, 0.0]
    for y, x in np.argwhere(mask):
        for v, u in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
            if 0 <= v < mask.shape[0] and 0 <= u < mask.shape[1] and not mask[v, u]:
                for n, samples in enumerate((result, truth)):
                    sums[n] += np.abs(samples[y, x].astype(float) - samples[v, u].astype(float)).sum()
    return sums[0] / sums[1] if sums[1] else None


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([np.uint8, np.uint16, np.float32]), st.sampled_from([1, 3]))
def test_both_are_as_defined(seed: int, kind: Any, channels: int) -> None:
    rng = np.random.default_rng(seed)
    size = tuple(rng.integers(16, 34, 2))
    mask = np.ones(size, bool)
    top, left = rng.integers(0, 4, 2)  # often at the border, which is not an edge
    mask[top : top + rng.integers(8, 40), left : left + rng.integers(8, 40)] = False
    mask[rng.integers(size[0]), rng.integers(size[1])] = True
    scale = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[kind]
    result, truth = (np.asarray(rng.random((*size, channels)) * scale, kind) for _ in range(2))
    for measure, oracle in ((texture.texture, texture_by_loops), (texture.rim, rim_by_loops)):
        score = measure(result, truth, mask)
        figure = score.hole if measure is texture.texture else score.band
        expected = oracle(result, truth, mask)
        assert figure == (None if expected is None else pytest.approx(expected, rel=1e-6))


def test_a_fill_with_half_the_contrast_has_half_the_texture(noise: Noise, square: Noise) -> None:
    truth, mask = noise((40, 40, 3)), square((40, 40), 30)
    result = np.where(mask[..., None], truth, 64 + truth // 2).astype(np.uint8)
    got = texture.texture(result, truth, mask)
    assert (got.whole, got.band) == (None, None)
    assert got.hole == pytest.approx(0.5, abs=0.003)
    assert texture.texture(truth, truth, mask).hole == 1
    assert texture.rim(truth, truth, mask) == Score(None, None, 1)


def test_the_step_by_hand() -> None:
    truth = np.full((3, 3, 1), 10, np.uint8)
    truth[0, 1], mask = 14, np.ones((3, 3), bool)
    mask[1, 1] = False
    result = truth.copy()
    result[1, 1] = 20  # steps of 6, 10, 10 and 10 where the truth has 4, 0, 0 and 0
    got = texture.rim(result, truth, mask).band
    assert isinstance(got, Ratio)
    assert got == 9
    assert (got.result, got.truth) == pytest.approx((9 / 255, 1 / 255))


def test_the_nearest_valid_pixel_is_more_than_six_away() -> None:
    """Only the middle of a hole 13 px wide is 7 px from what is valid; of one 12 px wide, nothing is deep."""
    rng = np.random.default_rng(0)
    truth, result = rng.integers(0, 256, (2, 31, 31, 1), dtype=np.uint8)
    for side, there in ((13, True), (12, False)):
        mask = np.ones((31, 31), bool)
        mask[9 : 9 + side, 9 : 9 + side] = False
        got = texture.texture(result, truth, mask).hole
        assert (got is not None) is there
        if there:
            windows = [samples[12:19, 12:19].astype(float).std() for samples in (result, truth)]
            assert isinstance(got, Ratio)
            assert (got.result, got.truth) == pytest.approx([window / 255 for window in windows])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_flat_is_flat_and_not_what_is_left_of_rounding(kind: Any) -> None:
    mask = np.ones((40, 40), bool)
    mask[5:35, 5:35] = False
    flat = np.full((40, 40, 3), 0.7 if kind is np.float32 else 178, kind)
    slope = flat + (np.arange(40) / (64 if kind is np.float32 else 1)).astype(kind)[:, None, None]
    for measure in (texture.texture, texture.rim):
        assert measure(flat, flat, mask) == Score(None)
        assert max(one or 0 for one in measure(slope, flat, mask)) == math.inf
        assert max(one or 0 for one in measure(flat, slope, mask)) == 0


def test_flat_beside_noise_is_flat_too() -> None:
    """Sums of floats that run along a row keep what is left of the noise before."""
    mask = np.ones((40, 600), bool)
    mask[5:35, 310:590] = False
    image = np.random.default_rng(0).random((40, 600, 3))
    image[:, 300:] = 0.1, 0.3, 0.7
    for samples in (image, image / 3):
        assert texture.texture(samples, samples, mask) == Score(None)


def test_what_has_no_figure(noise: Noise) -> None:
    a, b = noise((20, 20, 3), 1), noise((20, 20, 3), 2)
    valid = np.ones((20, 20), bool)
    assert texture.texture(a, b, valid) == texture.rim(a, b, valid) == texture.rim(a, b, ~valid) == Score(None)
    assert texture.texture(a, b, ~valid).hole is not None  # all hole: all of it is deep
    assert texture.texture(a[:6, :6], b[:6, :6], ~valid[:6, :6]) == Score(None)


@pytest.mark.parametrize("measure", [texture.texture, texture.rim])
def test_what_cannot_be_compared(measure: Any, noise: Noise) -> None:
    a, mask = noise((20, 20, 3)), np.ones((20, 20), bool)
    for result, truth, where in ((a, a[:-1], mask), (a, a.astype(np.uint16), mask), (a, a, mask[1:])):
        with pytest.raises(ValueError, match=r"size|samples"):
            measure(result, truth, where)
    with pytest.raises(ValueError, match="finite"):
        measure(np.full((20, 20, 3), np.nan), np.zeros((20, 20, 3)), mask)


def test_a_flat_image_does_not_decide_a_mean() -> None:
    figures = [Ratio(0.02, 0.04), Ratio(0.03, 0.04), Ratio(0.005, 0.0), None]
    got = mean(figures)
    assert got.value == pytest.approx(0.055 / 0.08)
    assert (got.count, got.infinite, got.absent) == (3, 0, 1)
    assert got.interval is not None
    low, high = got.interval
    assert 0 < low <= 0.055 / 0.08 <= high < math.inf
    assert mean([Ratio(1, 0)]).value == math.inf
    assert mean([Ratio(1, 2), Ratio(1, 2)]).interval == (0.5, 0.5)


def test_pairs_of_ratios_are_compared_by_what_was_measured() -> None:
    """Five pairs, all with less texture: of the 32 ways to set signs only two are as extreme."""
    ours, theirs = ([Ratio(a, 1.0) for a in some] for some in ((0.1, 0.2, 0.3, 0.4, 0.5), (0.2, 0.4, 0.6, 0.8, 1.0)))
    got = paired([*ours, None], [*theirs, Ratio(1, 1)])
    assert got.difference == pytest.approx(-0.3)
    assert (got.p, got.count, got.left_out) == (pytest.approx(2 / 32), 5, 1)
    assert got.interval is not None
    assert got.interval[0] < -0.3 < got.interval[1]
    assert paired(ours, ours).p == 1
    assert paired([None], [Ratio(1, 1)]).count == 0


def test_a_ratio_travels_and_is_none_of_nothing() -> None:
    ratio = Ratio(0.25, 0.5)
    again = pickle.loads(pickle.dumps(ratio))
    assert (again, again.result, again.truth) == (0.5, 0.25, 0.5)
    assert Ratio.of(0, 0) is None
    for parts in ((0, 0), (-1, 1), (math.nan, 1)):
        with pytest.raises(ValueError, match="is not a ratio"):
            Ratio(*parts)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_nearer_to_one_the_better(a: float, b: float) -> None:
    reading = READINGS[Metric.TEXTURE]
    far = [max(x, 1 / x) if x > 1e-300 else math.inf for x in (a, b)]
    if far[0] < far[1] * (1 - 1e-9):
        assert reading.worse(a) < reading.worse(b)


@pytest.fixture
def fills(tmp_path: Path, noise: Noise, square: Noise) -> Path:
    """fog/, noisy/ and near/, with 1/4, 3 and about 4/5 of the contrast of gt/, in holes of 36 %."""
    truth, mask = noise((50, 50, 3)) // 4 + 96, square((50, 50), 30)
    middle = truth.astype(float).mean()
    for name, factor in (("fog", 0.25), ("noisy", 3.0), ("near", 0.8)):
        filled = np.clip(np.rint(middle + factor * (truth - middle)), 0, 255).astype(np.uint8)
        write_image(tmp_path / name / "a.png", StoredImage(np.where(mask[..., None], truth, filled).astype(np.uint8)))
    write_image(tmp_path / "gt/a.png", StoredImage(truth.astype(np.uint8)))
    write_mask(tmp_path / "masks/a.png", mask)
    return tmp_path


def test_reports_and_the_best_of_a_line(fills: Path) -> None:
    folders = tuple(fills / name for name in ("fog", "noisy", "near"))
    metrics = (Metric.TEXTURE, Metric.RIM)
    options = EvalOptions(folders, fills / "gt", fills / "masks", metrics, names=("fog", "noisy", "near"))
    evaluation = evaluate(options)
    found = [row.scores[Metric.TEXTURE].hole for row in evaluation.rows]
    assert found == pytest.approx([0.25, 3, 0.8], rel=0.03)

    table, edge, differences = tables(evaluation)
    assert table.title == "texture (fill / truth, closer to 1 is better)"
    assert [line.label for line in table.lines] == ["hole only", "(0.3, 0.4]", "total", "95 % from", "95 % to"]
    assert [cell.best for cell in table.lines[1].cells] == [False, False, True]
    assert next(line.label for line in edge.lines) == "band at edge"
    assert [line.label for line in differences.lines] == ["texture hole", "rim band"]
    short = short_table(evaluation)
    assert short is not None
    assert short.columns == ("texture hole", "rim band")
    assert [(line.label, line.cells[0].best) for line in short.lines] == [
        ("fog", False), ("noisy", False), ("near", True),
    ]  # fmt: skip

    data = json.loads(to_json(evaluation))
    assert data["metrics"]["texture"]["better"] == "closer to 1"
    one = data["images"][0]["texture"]
    assert one["hole"] == pytest.approx(one["result"] / one["truth"])
    assert data["summary"][0]["texture"]["hole"]["mean"] == pytest.approx(found[0])
    rows = list(csv.DictReader(io.StringIO(to_csv(evaluation))))
    assert [float(row["texture_hole"]) for row in rows] == found
    assert "texture_whole" not in rows[0]
    assert float(rows[0]["rim_band"]) == evaluation.rows[0].scores[Metric.RIM].band

    (fills / "r.json").write_text(to_json(evaluation))
    recipe = read_recipe(fills / "r.json")
    checked = compare(recipe, evaluate(recipe.options))
    assert (checked.figures, checked.changed, checked.different) == (6, [], [])
    recipe.data["images"][0]["texture"]["hole"] += 0.01
    assert len(compare(recipe, evaluation).different) == 1


def test_an_infinite_figure_is_said_in_json(fills: Path) -> None:
    write_image(fills / "gt/a.png", StoredImage(np.full((50, 50, 3), 99, np.uint8)))
    options = EvalOptions(fills / "fog", fills / "gt", fills / "masks", (Metric.TEXTURE, Metric.PSNR))
    evaluation = evaluate(options)
    assert json.loads(to_json(evaluation))["images"][0]["texture"]["hole"] == "inf"
    assert short_table(evaluation) is None
    assert short_table(replace(evaluation, rows=[])) is None
