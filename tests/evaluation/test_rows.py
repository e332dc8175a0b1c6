"""Means by class, worked out by hand."""

from dataclasses import replace

import pytest

from pconv_cli.errors import ImageError
from pconv_cli.evaluation.metrics.differences import Score
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.reports.rows import Evaluation, ImageFigures
from pconv_cli.masks.ratios import ratio_class

METRICS = (Metric.PSNR,)


def row(ratio: float, whole: float | None, hole: float | None = None, method: str | None = None) -> ImageFigures:
    return ImageFigures("x.png", method, (8, 8), ratio, ratio_class(ratio), False, {Metric.PSNR: Score(whole, hole)})


def test_classes_and_total() -> None:
    rows = [row(0.05, 30, 20), row(0.1, 32, 22), row(0.11, 40, 10), row(0.01, 50, 1), row(0.7, 10, 3)]
    groups = Evaluation(METRICS, rows).groups()
    found = [
        (g.label, g.count, g.means[Metric.PSNR, "whole"].value, g.means[Metric.PSNR, "hole"].value) for g in groups
    ]
    assert found == [
        ("(0.01, 0.1]", 2, 31, 21),  # 0.1 belongs to the lower class
        ("(0.1, 0.2]", 1, 40, 10),
        ("outside", 2, 30, 2),  # 0.01 belongs to none
        ("total", 5, pytest.approx(32.4), pytest.approx(11.2)),
    ]


def test_border_splits_the_classes() -> None:
    near, far = row(0.05, 30), row(0.05, 20)
    rows = [near, replace(far, border=True), row(0.25, 10)]
    found = [
        (g.label, g.border, g.means[Metric.PSNR, "whole"].value) for g in Evaluation(METRICS, rows).groups_by_border()
    ]
    assert found == [
        ("(0.01, 0.1]", False, 30), ("(0.01, 0.1]", True, 20), ("(0.2, 0.3]", False, 10), ("total", False, 20),
        ("total", True, 20),
    ]  # fmt: skip


def test_methods_are_apart_and_in_order() -> None:
    evaluation = Evaluation(METRICS, [row(0.05, 30, method="telea"), row(0.05, 20, method="ns")])
    assert evaluation.methods == ["telea", "ns"]
    assert [(g.method, g.label, g.means[Metric.PSNR, "whole"].value) for g in evaluation.groups()] == [
        ("telea", "(0.01, 0.1]", 30),
        ("telea", "total", 30),
        ("ns", "(0.01, 0.1]", 20),
        ("ns", "total", 20),
    ]


def test_exit_code() -> None:
    assert Evaluation(METRICS, [row(0.05, 1)]).exit_code == 0
    assert Evaluation(METRICS, [row(0.05, 1)], [("a", ImageError("a: bad"))]).exit_code == 3
