"""Adversarial runs that go wrong are noticed once, and sound ones are not."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.training.records import collapse
from pconv_cli.training.records.collapse import STEPS, CollapseWatch
from pconv_cli.training.records.curves import CURVES_FILE, draw_curves
from pconv_cli.training.records.validation import contrast
from pconv_cli.training.trainer import resume, train

SMALL = {"adversarial": "sn-patch", "adversarial_width": 2}


def fed(watch, accuracy, steps):
    return [words for _ in range(steps) for words in watch.stepped({"discriminator_accuracy": accuracy})]


def test_a_discriminator_that_is_never_wrong_is_said_once_until_it_errs_again():
    watch = CollapseWatch(by_options=True)
    assert fed(watch, 1.0, STEPS - 1) == []
    (words,) = fed(watch, 1.0, 3 * STEPS)
    assert "right in 100.0 % of its judgements over 500 steps" in words
    assert "`adversarial_rate`, or `adversarial_r1` 10" in words
    assert fed(watch, 0.6, STEPS) == []
    assert len(fed(watch, 1.0, STEPS)) == 1


def test_a_sound_discriminator_is_not():
    watch = CollapseWatch(by_options=True)
    assert fed(watch, 0.97, 3 * STEPS) == []
    assert [watch.stepped({"hole": 0.1}) for _ in range(STEPS)] == [[]] * STEPS


def test_a_network_whose_discriminator_is_its_own_has_no_option_for_it():
    (words,) = fed(CollapseWatch(by_options=False), 1.0, STEPS)
    assert "adversarial" not in words
    assert "`learning_rate`" in words


def validated(watch, *textures):
    return [len(watch.validated(number, {"texture": texture})) for number, texture in enumerate(textures)]


def test_texture_that_falls_or_turns_to_noise_is_said_once():
    watch = CollapseWatch(by_options=True)
    fed(watch, 0.7, 1)
    assert validated(watch, 0.3, 0.5, 0.8, 0.5, 0.39, 0.2, 0.5, 0.3) == [0, 0, 0, 0, 1, 0, 0, 1]
    (words,) = watch.validated(9, {"texture": 0.5}) or watch.validated(10, {"texture": 2.6})
    assert "the texture of the fills is 2.60 of the truth's, and was 0.80 at step 2: the run collapses" in words


def test_texture_is_not_looked_at_without_a_discriminator():
    watch = CollapseWatch(by_options=False)
    assert validated(watch, 0.8, 0.1) == [0, 0]
    fed(watch, 0.7, 1)  # what came before, as in a resumed run, is what later figures are held against
    assert validated(watch, 0.1) == [1]


@settings(max_examples=20)
@given(seed=st.integers(0, 999), height=st.integers(5, 12), width=st.integers(7, 12))
def test_contrast_is_that_of_windows_in_holes(seed, height, width):
    rng = np.random.default_rng(seed)
    images, hole = rng.random((2, 3, height, width)), rng.random((2, 1, height, width)) < 0.97
    wanted = 0.0
    for image, inside in zip(images, hole[:, 0], strict=True):
        for y in range(height - 6):
            for x in range(width - 6):
                if inside[y : y + 7, x : x + 7].all():
                    wanted += image[:, y : y + 7, x : x + 7].std((1, 2)).mean()
    got = contrast(torch.from_numpy(images), torch.from_numpy(hole).double())
    assert got.item() == pytest.approx(wanted, abs=1e-9)


@pytest.mark.usefixtures("curves")
def test_a_run_says_it_and_draws_both_sides(tiny, recorder, monkeypatch, tmp_path):
    monkeypatch.setattr(collapse, "SURE", 0.0)
    monkeypatch.setattr(collapse, "UNSURE", -1.0)
    monkeypatch.setattr(collapse, "STEPS", 3)
    observer = recorder()
    report = train(tiny(**SMALL, steps=20, validate_every=10, mask_kind="rectangles"), observer)
    assert [words.partition(":")[0] for words in observer.warnings] == ["discriminator"]
    assert observer.validations[-1][1]["texture"] > 0
    both_sides = cv2.imread(str(report.folder / CURVES_FILE))
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "metrics.jsonl").write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n')
    assert both_sides.shape[1] == 1.5 * cv2.imread(str(draw_curves(plain))).shape[1]  # a column more
    monkeypatch.setattr(collapse, "LOST", 1e9)  # whatever comes is a loss
    second = recorder()
    resume(report.folder, observer=second)
    assert draw_curves(report.folder) is not None
