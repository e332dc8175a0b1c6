"""Masks computed from masks, against NumPy and scikit-image on whole arrays."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.measure import label

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.masks.codec import read_mask, write_mask, write_mask_by_name
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks import combine as module
from pconv_cli.masks.algebra import combine, filter_holes
from pconv_cli.masks.combine import CombineOptions, combine_masks
from pconv_cli.masks.kinds import AtEdge, HoleFilter, Operation

shapes = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20)


@given(st.data(), shapes)
def test_set_operations_are_those_of_holes(data: st.DataObject, shape: tuple[int, int]) -> None:
    first, second = (data.draw(arrays(np.bool_, shape)) for _ in range(2))
    expected = {
        Operation.UNION: ~first | ~second,
        Operation.SUBTRACT: ~first & second,
        Operation.INTERSECT: ~first & ~second,
    }
    for operation, hole in expected.items():
        mask = PackedMask.of(first)
        combine(operation, mask, PackedMask.of(second))
        np.testing.assert_array_equal(~mask.whole(), hole)
        assert mask.hole_pixels == hole.sum()
    inverse = PackedMask.of(first)
    inverse.invert()
    np.testing.assert_array_equal(inverse.whole(), ~first)
    assert inverse.hole_pixels == first.sum()


@given(
    st.data(),
    shapes,
    st.integers(0, 12),
    st.one_of(st.none(), st.integers(12, 40)),
    st.sampled_from(AtEdge),
    st.one_of(st.none(), st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 30), st.integers(1, 30))),
)
def test_filter_judges_connected_areas(
    data: st.DataObject,
    shape: tuple[int, int],
    least: int,
    most: int | None,
    border: AtEdge,
    region: tuple[int, int, int, int] | None,
) -> None:
    hole = data.draw(arrays(np.bool_, shape))
    kept = filter_holes(PackedMask.of(~hole), HoleFilter(least, most, border, region))
    if region is not None:
        left, top, width, height = region
        inside = np.zeros(shape, np.bool_)
        inside[top : top + height, left : left + width] = True
        hole = hole & inside
    parts = label(hole, connectivity=2)
    edge = np.ones(shape, np.bool_)
    edge[1:-1, 1:-1] = False
    expected = np.zeros(shape, np.bool_)
    for number in range(1, parts.max() + 1):
        part = parts == number
        touches = bool((part & edge).any())
        if least <= part.sum() <= (most or part.size) and border in (
            AtEdge.KEEP,
            AtEdge.ONLY if touches else AtEdge.DROP,
        ):
            expected |= part
    np.testing.assert_array_equal(~kept.whole(), expected)


def _write(folder: Path, **masks: tuple[int, int]) -> Path:
    """Masks of 10 x 12 with a hole from one column to another, by name."""
    for name, (first, last) in masks.items():
        mask = np.ones((10, 12), np.bool_)
        mask[2:5, first:last] = False
        folder.mkdir(parents=True, exist_ok=True)
        write_mask(folder / f"{name}.png", mask)
    return folder


def _columns(path: Path) -> list[int]:
    return sorted(set(np.nonzero(~read_mask(path))[1].tolist()))


def test_folders_pair_by_name_and_a_union_takes_what_either_has(tmp_path: Path) -> None:
    first = _write(tmp_path / "a", x=(1, 3), y=(4, 5))
    second = _write(tmp_path / "b", x=(2, 6), z=(7, 9))
    report = combine_masks(CombineOptions(Operation.UNION, first, second, tmp_path / "m"))
    assert (report.written, report.exit_code) == (3, 0)
    assert _columns(tmp_path / "m/x.png") == [1, 2, 3, 4, 5]
    assert _columns(tmp_path / "m/y.png") == [4]
    assert _columns(tmp_path / "m/z.png") == [7, 8]
    assert report.notes == [f"y.png: no mask in {second}, so nothing changes there"]


def test_an_intersection_needs_both(tmp_path: Path) -> None:
    first = _write(tmp_path / "a", x=(1, 3), y=(4, 5))
    second = _write(tmp_path / "b", x=(2, 6), z=(7, 9))
    report = combine_masks(CombineOptions(Operation.INTERSECT, first, second, tmp_path / "m"))
    assert _columns(tmp_path / "m/x.png") == [2]
    assert [name for name, _ in report.failed] == ["y.png"]
    assert report.exit_code == 3
    assert report.notes == [f"z.png: only in {second}, so left out"]


def test_in_place_needs_overwrite_and_changes_only_what_it_can_write(tmp_path: Path) -> None:
    folder = _write(tmp_path / "a", x=(1, 3))
    with pytest.raises(UsageError, match="give `overwrite` to change the masks in place"):
        combine_masks(CombineOptions(Operation.INVERT, folder))
    (folder / "x.png").rename(folder / "x.bmp")  # read by its content
    before = (folder / "x.bmp").read_bytes()
    report = combine_masks(CombineOptions(Operation.INVERT, folder, overwrite=True))
    assert "cannot replace it; name a folder by `out`" in report.failed[0][1]
    assert (folder / "x.bmp").read_bytes() == before
    (folder / "x.bmp").rename(folder / "x.png")
    other = _write(tmp_path / "b", x=(2, 3))
    report = combine_masks(CombineOptions(Operation.SUBTRACT, folder, other, overwrite=True))
    assert report.written == 1
    assert _columns(folder / "x.png") == [1]


def test_whatever_one_mask_meets_the_others_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _write(tmp_path / "a", x=(1, 3), y=(4, 5))
    real = module.write_mask_by_name

    def broken_for_x(path: Path, mask: PackedMask) -> None:
        if path.stem == "x":
            raise RuntimeError("broken")
        real(path, mask)

    monkeypatch.setattr(module, "write_mask_by_name", broken_for_x)
    report = combine_masks(CombineOptions(Operation.INVERT, folder, out=tmp_path / "m"))
    assert [name for name, _ in report.failed] == ["x.png"]
    assert (tmp_path / "m/y.png").is_file()


@pytest.mark.parametrize("overwrite", [False, True])
def test_no_mask_is_written_over_another_one_of_the_run(tmp_path: Path, overwrite: bool) -> None:
    folder = _write(tmp_path / "a", x=(1, 3), y=(4, 5))
    (folder / "y.png").rename(folder / "x.bmp")  # read by its content
    options = CombineOptions(Operation.INVERT, folder, out=tmp_path / "m", overwrite=overwrite)
    report = combine_masks(options)
    assert (report.written, report.kept) == (1, 0)
    assert report.failed == [("x.png", f"would be written to {tmp_path / 'm/x.png'}, as x.bmp is; rename one of them")]
    assert read_mask(tmp_path / "m/x.png").sum() == 3  # what was y's hole


@pytest.mark.parametrize("name", ["one.png", "one.tif", "one.tiff"])
def test_one_mask_goes_to_the_file_that_is_named(tmp_path: Path, name: str) -> None:
    source = _write(tmp_path / "a", x=(1, 3)) / "x.png"
    assert combine_masks(CombineOptions(Operation.INVERT, source, out=tmp_path / name)).written == 1
    assert read_mask(tmp_path / name).sum() == 6


def test_a_large_mask_is_changed_where_it_is_and_gets_no_second_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _write(tmp_path / "a", x=(1, 3))
    write_mask_by_name(folder / "x.tif", PackedMask.of(np.ones((4, 4), np.bool_)))
    monkeypatch.setattr(module, "SCAN_PIXELS", 9)
    before = (folder / "x.tif").read_bytes()
    named = CombineOptions(Operation.INVERT, folder / "x.png", out=tmp_path / "named.png")
    for options in (CombineOptions(Operation.INVERT, folder / "x.png", overwrite=True), named):
        report = combine_masks(options)
        assert (report.written, report.exit_code) == (1, 0)
    assert read_mask(folder / "x.png").sum() == 6
    assert read_mask(tmp_path / "named.png").sum() == 114
    assert (folder / "x.tif").read_bytes() == before
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["named.png", "x.png", "x.tif"]
    combine_masks(CombineOptions(Operation.INVERT, folder / "x.png", out=tmp_path / "large"))
    assert (tmp_path / "large/x.tif").exists()


def test_two_masks_that_become_one_tiff_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _write(tmp_path / "a", x=(1, 3))
    write_mask_by_name(folder / "x.tif", PackedMask.of(np.ones((10, 12), np.bool_)))
    small = combine_masks(CombineOptions(Operation.INVERT, folder, out=tmp_path / "small"))
    monkeypatch.setattr(module, "SCAN_PIXELS", 100)
    large = combine_masks(CombineOptions(Operation.INVERT, folder, out=tmp_path / "large"))
    for name, one, report in (("small", "x.png", small), ("large", "x.tif", large)):
        assert report.written == 1
        assert report.failed == [
            ("x.tif", f"would be written to {tmp_path / name / one}, as x.png is; rename one of them")
        ]


def test_sizes_must_agree_and_kept_files_stay(tmp_path: Path) -> None:
    first, second = _write(tmp_path / "a", x=(1, 3)), tmp_path / "b"
    second.mkdir()
    write_mask(second / "x.png", np.ones((4, 4), np.bool_))
    options = CombineOptions(Operation.UNION, first, second, tmp_path / "m")
    assert "is 12x10 and" in combine_masks(options).failed[0][1]
    _write(tmp_path / "m", x=(5, 6))
    assert combine_masks(CombineOptions(Operation.INVERT, first, out=tmp_path / "m")).kept == 1
    assert _columns(tmp_path / "m/x.png") == [5]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"operation": Operation.FILTER}, UsageError, "say which holes to keep"),
        ({"operation": Operation.INVERT, "threshold": 0}, UsageError, "`threshold` 0"),
        (
            {"operation": Operation.INVERT, "source": "a/x.png", "out": "m.jpg"},
            UsageError,
            "m.jpg: masks are written as PNG or TIFF; name a .png or .tif file, or a folder",
        ),
        (
            {"operation": Operation.FILTER, "holes": HoleFilter(5, 3)},
            UsageError,
            "`min_area` 5: lies above `max_area` 3",
        ),
        ({"operation": Operation.FILTER, "holes": HoleFilter(-1)}, UsageError, "`min_area` -1: give 0 or more"),
        ({"operation": Operation.FILTER, "holes": HoleFilter(0, 0)}, UsageError, "`max_area` 0: give 1 pixel or more"),
        ({"operation": Operation.INVERT, "source": "empty"}, NothingToDo, "no mask found"),
        ({"operation": Operation.INVERT, "out": "a/m"}, UsageError, "lies inside the folder of the masks"),
    ],
)
def test_what_can_be_wrong(tmp_path: Path, options: dict[str, object], error: type[Exception], message: str) -> None:
    _write(tmp_path / "a", x=(1, 3))
    (tmp_path / "empty").mkdir()
    places = {"source": "a", "out": "m", **options}
    places["source"], places["out"] = tmp_path / str(places["source"]), tmp_path / str(places["out"])
    with pytest.raises(error, match=message):
        combine_masks(CombineOptions(**places))  # type: ignore[arg-type]
