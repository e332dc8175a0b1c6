"""Losses measured in windows against the whole mask labelled by SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.condition import losses
from pconv_cli.masks.condition.classes import LossClass, classes_of
from pconv_cli.masks.condition.losses import Losses, measure_losses


def measured(hole: NDArray[np.bool_], side: int = 64) -> Losses:
    return measure_losses(PackedMask.of(~hole), side)


def rows(found: Losses) -> tuple[list[tuple[int, ...]], list[float]]:
    """Boxes and areas, and depths, in one order."""
    every = zip(found.boxes.tolist(), found.area.tolist(), found.depth.tolist(), strict=True)
    order = sorted((*box, area, depth) for box, area, depth in every)
    return [row[:5] for row in order], [row[5] for row in order]


def strip(height: int, width: int) -> NDArray[np.bool_]:
    hole = np.zeros((60, 90), np.bool_)
    hole[10 : 10 + height, 5 : 5 + width] = True
    return hole


@settings(max_examples=40, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))), st.integers(8, 24))
def test_windows_change_nothing(hole: NDArray[np.bool_], side: int) -> None:
    found = measured(hole, side)
    labels, count = ndimage.label(hole, np.ones((3, 3)))
    boxes = [(r.start, c.start, r.stop, c.stop) for r, c in ndimage.find_objects(labels)]
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    assert rows(found)[0] == sorted((*box, int(area)) for box, area in zip(boxes, areas, strict=True))
    assert rows(found)[1] == pytest.approx(rows(measured(hole, 64))[1], abs=1e-3)
    row, column = found.deepest.T
    assert hole[row, column].all()
    assert sorted(labels[row, column]) == list(range(1, count + 1))


@pytest.mark.parametrize("width", [1, 2, 3, 4, 7, 10])
def test_a_strip_is_as_wide_as_it_is(width: int) -> None:
    assert measured(strip(width, 70)).width.tolist() == [width]
    assert measured(strip(70, width)[:, :40], 16).width.tolist() == [width]  # over several windows


def test_a_disc_is_as_wide_as_its_diameter() -> None:
    row, column = np.ogrid[:121, :121]
    found = measured(np.hypot(row - 60, column - 60) <= 40.5)
    assert found.width[0] == pytest.approx(81, abs=1)
    assert np.abs(found.deepest[0] - 60).max() <= 1


def test_the_edge_of_the_image_is_an_edge() -> None:
    hole = np.zeros((50, 50), np.bool_)
    hole[:, :6] = True
    assert measured(hole).width.tolist() == [6]
    assert measured(np.ones((30, 50), np.bool_)).width.tolist() == [30]


def test_what_is_deeper_than_a_margin_is_measured_on_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "_MARGIN", 20)
    hole = np.zeros((400, 500), np.bool_)
    hole[40:341, 60:461] = True
    hole[370:374, 10:200] = True
    found = measured(hole, 100)
    order = np.argsort(found.area)
    assert found.width[order][0] == 4
    assert found.width[order][1] == pytest.approx(301, abs=16)
    assert found.area[order].tolist() == [4 * 190, 301 * 401]


def test_nothing_is_no_loss() -> None:
    assert measured(np.zeros((20, 30), np.bool_)).count == 0


@pytest.mark.parametrize(
    ("height", "width", "kind"),
    [
        (1, 1, LossClass.SPOT),
        (5, 5, LossClass.SPOT),
        (1, 6, LossClass.LINE),
        (2, 10, LossClass.LINE),
        (2, 9, LossClass.LACUNA),
        (6, 6, LossClass.LACUNA),
        (6, 1, LossClass.LINE),
    ],
)
def test_classes_follow_their_rules(height: int, width: int, kind: LossClass) -> None:
    found = measured(strip(height, width))
    assert [list(LossClass)[one] for one in classes_of(found, (400, 500))] == [kind]  # 1 % of it is 5 px
