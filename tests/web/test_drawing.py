"""A mask changed step by step, against whole arrays; and every step undone and redone exactly."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.annotations.shapes import ShapeError
from pconv_cli.tiling.rect import Rect
from pconv_cli.web import drawing as module
from pconv_cli.web.drawing import MaskDrawing

SIZE = (70, 90)


def _drawing() -> MaskDrawing:
    return MaskDrawing(PackedMask(SIZE))


def _window(top: int = 0, bottom: int = SIZE[0], left: int = 0, right: int = SIZE[1]) -> Rect:
    return Rect.between(top, left, bottom, right)


def _hole(drawing: MaskDrawing) -> np.ndarray:
    return ~drawing.mask.whole()


def test_a_stroke_covers_what_lies_within_its_radius() -> None:
    drawing = _drawing()
    drawing.brush([(20, 30), (60, 40)], 6)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    along = np.clip(((x - 20) * 40 + (y - 30) * 10) / (40**2 + 10**2), 0, 1)
    distance = np.hypot(x - 20 - 40 * along, y - 30 - 10 * along)
    assert _hole(drawing)[distance <= 6].all()
    assert not _hole(drawing)[distance > 6 + 0.75].any()
    drawing.brush([(20, 30)], 100, erase=True)
    assert not _hole(drawing).any()


def test_a_window_border_leaves_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _drawing()
    whole.brush([(5, 5), (80, 60), (30, 65)], 9)
    whole.area([(40, 10), (80, 15), (60, 30)])
    monkeypatch.setattr(module, "SIDE", 16)
    parts = _drawing()
    parts.brush([(5, 5), (80, 60), (30, 65)], 9)
    parts.area([(40, 10), (80, 15), (60, 30)])
    np.testing.assert_array_equal(_hole(parts), _hole(whole))


def test_growth_is_by_a_disc_and_stays_within_a_window() -> None:
    drawing = _drawing()
    drawing.area([(30, 20), (50, 20), (50, 40), (30, 40)])
    before = _hole(drawing)
    drawing.grow(3)
    np.testing.assert_array_equal(_hole(drawing), ndimage.distance_transform_edt(~before) <= 3)
    drawing.grow(-3)
    np.testing.assert_array_equal(_hole(drawing), before)
    drawing.grow(2, _window(0, 30))
    expected = ndimage.distance_transform_edt(~before) <= 2
    expected[30:] = before[30:]
    np.testing.assert_array_equal(_hole(drawing), expected)


def test_a_flood_takes_one_colour_and_stays_in_its_window() -> None:
    image = np.full((*SIZE, 3), 100, np.uint8)
    image[10:30, 10:40] = (200, 50, 50)
    image[20, 20] = (208, 50, 50)
    image[50:60, 10:40] = (200, 50, 50)  # of the same colour, not connected
    drawing = _drawing()
    drawing.flood(image, _window(), 15, 15, 10)
    expected = np.zeros(SIZE, np.bool_)
    expected[10:30, 10:40] = True
    np.testing.assert_array_equal(_hole(drawing), expected)
    part = _window(0, 20, 0, 25)
    drawing.flood(image[part.slices], part, 15, 15, 10, erase=True)
    expected[:20, :25] = False
    np.testing.assert_array_equal(_hole(drawing), expected)


def test_proposals_are_accepted_and_rejected_one_by_one() -> None:
    drawing = _drawing()
    found = np.zeros(SIZE, np.bool_)
    found[5:10, 5:10] = found[20:24, 40:50] = found[40:42, 60:70] = True
    drawing.area([(40, 20), (45, 20), (45, 24), (40, 24)])
    assert drawing.propose(_window(), found) == 3
    assert drawing.proposals.hole_pixels == 25 + 20 + 20
    assert not drawing.judge(0, 0, _window(), accept=True)
    assert drawing.judge(7, 7, _window(), accept=True)
    assert drawing.judge(65, 41, _window(), accept=False)
    expected = np.zeros(SIZE, np.bool_)
    expected[5:10, 5:10] = expected[20:24, 40:45] = True
    np.testing.assert_array_equal(_hole(drawing), expected)
    assert drawing.proposals.hole_pixels == 20
    drawing.undo()
    assert drawing.proposals.hole_pixels == 40
    drawing.redo()
    drawing.judge_all(_window(), accept=True)
    expected[20:24, 40:50] = True
    np.testing.assert_array_equal(_hole(drawing), expected)
    assert drawing.proposals.hole_pixels == 0


def test_the_revision_goes_with_the_mask_and_not_with_proposals() -> None:
    drawing = _drawing()
    drawing.propose(_window(), np.eye(*SIZE, dtype=np.bool_))
    assert drawing.revision == 0
    drawing.judge_all(_window(), accept=True)
    accepted = drawing.revision
    assert accepted > 0
    drawing.clear()
    assert drawing.revision not in (0, accepted)
    drawing.undo()
    assert drawing.revision == accepted
    drawing.undo()
    assert drawing.revision == 0
    drawing.redo()
    assert drawing.revision == accepted


def test_steps_that_are_forgotten_leave_the_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEPS", 2)
    drawing = _drawing()
    drawing.brush([(10, 10)], 3)
    drawn = drawing.revision
    for shift in range(3):
        drawing.propose(_window(), np.eye(*SIZE, shift + 20, dtype=np.bool_))
    assert drawing.revision == drawn
    assert drawing.undo()
    assert drawing.undo()
    assert not drawing.can_undo


def test_no_more_than_a_window_is_unpacked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIDE", 256)
    side = 2048
    drawing = MaskDrawing(PackedMask((side, side)))
    everything = Rect(0, 0, side, side)
    drawing.propose(everything, np.ones((side, side), np.bool_))
    tracemalloc.start()
    drawing.judge_all(everything, accept=True)
    drawing.grow(-1)
    drawing.area([(0, 0), (side, 0), (side, side), (0, side)], erase=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert drawing.mask.hole_pixels == 0
    assert peak < side**2  # three steps are kept, each in two bits a pixel and mask


point = st.tuples(st.integers(-20, 110), st.integers(-20, 90))
step = st.one_of(
    st.tuples(st.just("brush"), st.lists(point, min_size=1, max_size=4), st.integers(1, 15), st.booleans()),
    st.tuples(st.just("area"), st.lists(point, min_size=3, max_size=5), st.booleans()),
    st.tuples(st.just("grow"), st.integers(-4, 4)),
    st.tuples(st.just("clear")),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(step, min_size=1, max_size=6))
def test_undo_and_redo_walk_through_every_state(steps: list[tuple[object, ...]]) -> None:
    drawing = _drawing()
    states = [_hole(drawing)]
    for name, *values in steps:
        if name == "brush":
            drawing.brush(values[0], values[1], erase=values[2])  # type: ignore[arg-type]
        elif name == "area":
            drawing.area(values[0], erase=values[1])  # type: ignore[arg-type]
        else:
            getattr(drawing, str(name))(*values)
        if (_hole(drawing) != states[-1]).any():
            states.append(_hole(drawing))
    for state in reversed(states[:-1]):
        assert drawing.undo()
        np.testing.assert_array_equal(_hole(drawing), state)
    assert not drawing.undo()
    for state in states[1:]:
        assert drawing.redo()
        np.testing.assert_array_equal(_hole(drawing), state)
        assert drawing.hole_ratio == state.mean()
    assert not drawing.redo()


def test_a_new_step_forgets_what_was_undone_and_bad_points_change_nothing() -> None:
    drawing = _drawing()
    drawing.area([(1, 1), (5, 1), (5, 5)])
    drawing.undo()
    drawing.brush([(40, 40)], 3)
    assert not drawing.can_redo
    version = drawing.version
    for points in ([], [(float("nan"), 1)], [(1e9, 1)], [(1, 2, 3)]):
        with pytest.raises(ShapeError):
            drawing.brush(points, 3)
    drawing.brush([(-500, -500)], 3)
    assert drawing.version == version
