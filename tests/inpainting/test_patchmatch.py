"""Completion by patches: textures continue, tones stay, and nothing else changes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.masks import write_mask
from pconv_cli.files.pictures import read_picture, write_rgb
from pconv_cli.inpainting import patches, patchmatch
from pconv_cli.inpainting.backends import make_backend
from pconv_cli.inpainting.methods import Method, Refinement
from pconv_cli.inpainting.patchmatch import complete, complete_windows

Rgb = np.ndarray
Mask = np.ndarray


def stripes(height: int, width: int) -> Rgb:
    rows, columns = np.mgrid[:height, :width]
    grey = ((rows + 2 * columns) // 6 % 2).astype(np.float32) * 0.6 + 0.2
    return np.repeat(grey[..., None], 3, axis=2)


def with_hole(height: int, width: int, top: int, left: int, side: int) -> Mask:
    mask = np.ones((height, width), bool)
    mask[top : top + side, left : left + side] = False
    return mask


@pytest.mark.parametrize("guided", [True, False])
def test_a_pattern_goes_on_through_a_hole(guided: bool) -> None:
    truth, mask = stripes(72, 80), with_hole(72, 80, 24, 28, 20)
    grey = np.where(mask[..., None], truth, np.float32(0.5))
    filled = complete(grey, mask, grey, scales=3, guided=guided)
    error = np.abs(filled - truth)[~mask].mean()
    assert error < 0.25 * np.abs(grey - truth)[~mask].mean()
    np.testing.assert_array_equal(filled[mask], truth[mask])


def test_texture_comes_back_where_a_fill_is_smooth() -> None:
    rng = np.random.default_rng(0)
    truth = (0.5 + 0.2 * rng.standard_normal((96, 96, 1), np.float32)).clip(0, 1).repeat(3, axis=2)
    mask = with_hole(96, 96, 30, 30, 36)
    smooth = np.where(mask[..., None], truth, np.float32(0.5))
    filled = complete(truth, mask, smooth, scales=3, guided=True)
    assert filled[~mask].std() > 0.5 * truth[mask].std()
    assert abs(filled[~mask].mean() - 0.5) < 0.02


def test_a_gradient_keeps_its_tones_where_they_are_guided(smooth: Callable[[tuple[int, int]], Rgb]) -> None:
    truth, mask = smooth((96, 96)), with_hole(96, 96, 30, 30, 30)
    filled = complete(np.where(mask[..., None], truth, 0), mask, truth, scales=3, guided=True)
    assert np.abs(filled - truth).max() < 0.06


def test_the_same_seed_gives_the_same_picture_and_holes_are_not_looked_at() -> None:
    truth, mask = stripes(64, 64), with_hole(64, 64, 20, 20, 16)
    guess = np.where(mask[..., None], truth, np.float32(0.4))
    first = complete(truth, mask, guess, scales=2, guided=False)
    other = complete(np.where(mask[..., None], truth, np.float32(np.nan)), mask, guess, scales=2, guided=False)
    np.testing.assert_array_equal(first, other)


@pytest.mark.parametrize("size", [(1, 2), (6, 40), (9, 9)])
def test_where_no_patch_is_whole_the_guess_stays(size: tuple[int, int]) -> None:
    mask = np.ones(size, bool)
    mask[0, 0] = False
    guess = np.full((*size, 3), 0.25, np.float32)
    rgb = np.full((*size, 3), 0.75, np.float32)
    filled = complete(rgb, mask, guess, scales=3, guided=True)
    assert filled[0, 0].tolist() == [0.25] * 3
    assert (filled[mask] == 0.75).all()


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("height", [97, 98, 100])
@pytest.mark.parametrize("guided", [True, False])
def test_a_hole_that_smaller_scales_cut_off_is_completed(guided: bool, height: int, rows: int) -> None:
    truth, mask = stripes(height, 90), np.ones((height, 90), bool)
    mask[-rows:, 10:80] = False
    guess = np.where(mask[..., None], truth, np.float32(0.4))
    filled = complete(guess, mask, guess, scales=3 if guided else 16, guided=guided)
    assert np.abs(filled - guess)[~mask].max() > 0.1
    np.testing.assert_array_equal(filled[mask], truth[mask])


def test_large_holes_are_completed_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patchmatch, "_PIECE", 64)
    monkeypatch.setattr(patchmatch, "_OVERLAP", 16)
    truth, mask = stripes(120, 130), with_hole(120, 130, 20, 20, 80)
    guess = np.where(mask[..., None], truth, np.float32(0.5))
    filled = complete_windows(guess, mask, guess, scales=2, guided=False)
    assert (np.abs(filled - 0.5)[~mask] > 0.05).mean() > 0.9  # no piece was left as it was guessed
    np.testing.assert_array_equal(filled[mask], truth[mask])


def test_patchmatch_starts_from_the_pyramid_and_refining_from_the_method() -> None:
    truth, mask = stripes(64, 64), with_hole(64, 64, 20, 20, 16)
    for backend in (
        make_backend(Method.PATCHMATCH, device="cpu"),
        make_backend(Method.TELEA, refine=Refinement.PATCHMATCH),
    ):
        filled = backend.fill(np.where(mask[..., None], truth, 0), mask)
        assert np.abs(filled - truth)[~mask].mean() < 0.2
        assert filled.dtype == np.float32
    assert make_backend(Method.TELEA, refine=Refinement.PATCHMATCH).name == "telea+patchmatch"


def test_refine_on_the_command_line(tmp_path: Path) -> None:
    truth, mask = stripes(64, 64), with_hole(64, 64, 20, 20, 16)
    write_rgb(tmp_path / "in/a.png", np.rint(truth * 255).astype(np.uint8))
    write_mask(tmp_path / "m/a.png", mask)
    words = ["inpaint", tmp_path / "in", "--masks", tmp_path / "m", "--method", "pyramid"]
    runner = CliRunner()
    done = runner.invoke(app, [*map(str, words), "--out", str(tmp_path / "plain")])
    assert done.exit_code == 0, done.stderr
    done = runner.invoke(app, [*map(str, words), "--refine", "patchmatch", "--out", str(tmp_path / "refined")])
    assert done.exit_code == 0, done.stderr
    assert "pyramid+patchmatch" in done.stderr
    plain, refined = (read_picture(tmp_path / name / "a.png").samples for name in ("plain", "refined"))
    assert (plain != refined)[~mask].any()
    np.testing.assert_array_equal(plain[mask], refined[mask])


def test_refining_patchmatch_is_refused(tmp_path: Path) -> None:
    write_rgb(tmp_path / "in/a.png", np.zeros((9, 9, 3), np.uint8))
    words = ["inpaint", tmp_path / "in", "--masks", "alpha", "--out", tmp_path / "out", "--method", "patchmatch"]
    done = CliRunner().invoke(app, [*map(str, words), "--refine", "patchmatch"])
    assert done.exit_code == 2
    assert "--refine: has no meaning with --method patchmatch" in done.stderr


def test_in_wide_holes_alone_and_there_in_the_depth() -> None:
    truth = stripes(140, 220)
    mask = with_hole(140, 220, 30, 20, 80)
    mask[40:90, 150:170] = False  # another hole, not wide: 10 px deep
    damaged = np.where(mask[..., None], truth, np.float32(0))
    pyramid = make_backend(Method.PYRAMID, device="cpu").fill(damaged, mask)
    filled = make_backend(Method.PYRAMID, device="cpu", refine=Refinement.WIDE).fill(damaged, mask)
    np.testing.assert_array_equal(filled[:, 110:], pyramid[:, 110:])
    np.testing.assert_array_equal(filled[mask], truth[mask])
    deep = np.s_[60:80, 50:70]
    assert np.abs(filled - truth)[deep].mean() < 0.6 * np.abs(pyramid - truth)[deep].mean()
    rim = np.s_[30:32, 20:100]
    np.testing.assert_array_equal(filled[rim], pyramid[rim])


@settings(max_examples=25)
@given(height=st.integers(20, 41), width=st.integers(20, 41), seed=st.integers(0, 2**32))
def test_every_pixel_of_a_hole_lies_in_a_patch_at_each_scale(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.ones((height, width), bool)
    mask[:, 9 : 9 + int(rng.integers(1, width - 8))] = False  # to the picture's edges
    red = np.zeros((height, width, 3), np.float32)
    red[..., 0] = 1
    twice = np.repeat(np.repeat(mask, 2, 0), 2, 1)[: 2 * height - seed % 2]
    coarse = patches.PatchScale(red, mask, None, None, rng)
    fine = patches.PatchScale(red.repeat(2, 0).repeat(2, 1)[: len(twice)], twice, None, coarse, rng)
    for scale, valid in ((coarse, mask), (fine, twice)):
        np.testing.assert_allclose(
            scale.vote(by_similarity=False), np.broadcast_to([1, 0, 0], (*valid.shape, 3)), atol=1e-6
        )


def test_partners_pass_to_the_next_scale() -> None:
    """A picture that repeats itself: partners right at half the size are right at twice it."""
    small = np.random.default_rng(0).random((40, 24, 3), dtype=np.float32)
    small, mask = np.concatenate([small, small], 1), with_hole(40, 48, 6, 30, 10)
    coarse = patches.PatchScale(small, mask, None, None, np.random.default_rng(0))
    coarse._field.partner[:] = coarse._field.targets - 24
    large, valid = small.repeat(2, 0).repeat(2, 1), mask.repeat(2, 0).repeat(2, 1)
    fine = patches.PatchScale(np.where(valid[..., None], large, 0), valid, None, coarse, np.random.default_rng(0))
    np.testing.assert_allclose(fine.vote(by_similarity=False), large, atol=1e-6)


@pytest.mark.parametrize("size", [(64, 64), (41, 70)])
def test_all_patches_are_described_as_each_is(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    image = rng.random((*size, 3), dtype=np.float32)
    scale = patches.PatchScale(image, with_hole(*size, 9, 9, 12), 2 * image, None, rng)
    np.testing.assert_allclose(
        scale._describe_all(image), scale._describe(image, np.arange(image[..., 0].size)), atol=1e-5
    )


def test_votes_do_not_vanish_in_the_depth_of_a_large_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_CONFIDENCE", 2.5)  # at 90 px what 1.3 is at 310
    grey, mask = np.full((210, 210, 3), 0.5, np.float32), with_hole(210, 210, 12, 12, 186)
    scale = patches.PatchScale(grey, mask, None, None, np.random.default_rng(0))
    np.testing.assert_allclose(scale.vote(by_similarity=False), 0.5, rtol=1e-5)
