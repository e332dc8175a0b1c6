"""A method's tone with the patches' texture: what each of the terms is for, in what a user sees."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.errors import UsageError
from pconv_cli.files.images import read_image, write_rgb
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.methods.options import FillOptions
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.texture import TexturedBackend, join
from pconv_cli.methods.tiled.holes import hole_depth
from pconv_cli.methods.tiled.neighbourhoods import neighbourhoods

Rgb = np.ndarray
Mask = np.ndarray


class Flat:
    """A method that fills with one colour."""

    name = "flat"

    def __init__(self, *colour: float) -> None:
        self.colour = np.array(colour, np.float32)

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        return np.where(mask[..., None], rgb, self.colour)


def grainy(size: tuple[int, int], level: float = 0.5, seed: int = 0) -> Rgb:
    grain = np.random.default_rng(seed).normal(level, 0.05, (*size, 1))
    return grain.clip(0, 1).astype(np.float32).repeat(3, axis=2)


def hole(size: tuple[int, int], top: int, left: int, height: int, width: int) -> Mask:
    mask = np.ones(size, bool)
    mask[top : top + height, left : left + width] = False
    return mask


def test_the_tone_is_the_methods_and_the_texture_the_patches() -> None:
    mask = hole((110, 110), 40, 40, 30, 30)
    filled = TexturedBackend(Flat(0.6, 0.6, 0.6), 0.5).fill(grainy(mask.shape), mask)
    inside = filled[48:62, 48:62]  # the blur of the tone reaches nearly as far in, and it is trusted as far
    assert inside.mean() == pytest.approx(0.6, abs=0.02)
    assert inside.std() > 0.02
    np.testing.assert_array_equal(filled[mask], grainy(mask.shape)[mask])


def test_deep_in_a_blob_the_patches_tone_is_believed() -> None:
    mask = hole((330, 330), 85, 85, 160, 160)
    filled = TexturedBackend(Flat(0.8, 0.8, 0.8), 0.5).fill(grainy(mask.shape), mask)
    sides = filled, filled[:, ::-1], filled.swapaxes(0, 1), filled.swapaxes(0, 1)[:, ::-1]
    tone = [np.mean([side[155:175, 85 + depth].mean() for side in sides]) for depth in (2, 7, 70)]
    assert tone[0] > 0.73
    assert tone[1] == pytest.approx(0.65, abs=0.05)  # believed by half
    assert tone[2] < 0.53


def test_the_rim_is_the_methods() -> None:
    mask = hole((100, 120), 20, 20, 50, 60)
    rgb, first = grainy(mask.shape), Flat(0.5, 0.5, 0.5)
    filled = TexturedBackend(first, 0.5).fill(rgb, mask)
    assert filled[20, 22:78].std() < 0.01
    assert filled[24:27, 25:75].std() > 0.02


def test_a_smooth_slope_stays_smooth() -> None:
    mask = hole((120, 120), 40, 49, 40, 22)
    rgb = np.linspace(0.3, 0.7, 120, dtype=np.float32)[:, None, None].repeat(120, 1).repeat(3, 2)
    filled = TexturedBackend(Flat(0.52, 0.52, 0.52), 0.5).fill(rgb, mask)
    steps = np.abs(np.diff(filled[40:80, 53:67], axis=1))
    assert steps.max() < 1 / 255  # across the slope nothing rises


def test_in_smooth_surroundings_patches_clear_a_methods_fog_and_leave_thin_holes_as_they_are_filled() -> None:
    mask = hole((140, 140), 30, 30, 80, 80)
    fog = np.full((*mask.shape, 3), 0.5, np.float32)
    patches = np.where(np.arange(140)[:, None, None] < 70, fog + 0.2, fog).astype(np.float32)
    patches[mask] = fog[mask]
    depth, trust = hole_depth(mask), np.zeros(mask.shape, np.float32)
    joined = join(fog, patches, mask, depth, trust, np.zeros_like(mask), texture=0.5)
    np.testing.assert_allclose(joined[depth <= 1], 0.5, atol=1e-6)
    np.testing.assert_allclose(joined[depth >= 4], patches[depth >= 4], atol=0.01)
    thin = ~mask & (np.arange(140) < 70)
    joined = join(fog, patches, mask, depth, trust, thin, texture=0.5)
    np.testing.assert_allclose(joined[thin], 0.5, atol=1e-6)
    np.testing.assert_allclose(joined[~thin & (depth >= 4)], patches[~thin & (depth >= 4)], atol=0.01)


def test_no_specks_of_a_colour_that_is_nowhere_around() -> None:
    mask = hole((110, 110), 30, 30, 50, 50)
    filled = TexturedBackend(Flat(0.7, 0.3, 0.7), 0.5).fill(grainy(mask.shape), mask)
    assert np.ptp(filled[~mask], axis=1).max() < 0.01  # grey round it, and so in it


def test_from_the_method_alone_to_patches_alone() -> None:
    mask = hole((90, 90), 30, 30, 30, 30)
    rgb, first = grainy(mask.shape), Flat(0.6, 0.6, 0.6)
    patches = complete(rgb, mask, guide=first.fill(rgb, mask), seed=2)
    np.testing.assert_allclose(TexturedBackend(first, 1, seed=2).fill(rgb, mask), patches, atol=1e-6)
    away = [
        np.abs(TexturedBackend(first, texture, seed=2).fill(rgb, mask) - patches)[~mask].mean()
        for texture in (0.01, 0.2, 0.4, 0.6, 0.8, 0.99)
    ]
    assert away == sorted(away, reverse=True)
    assert away[0] == pytest.approx(np.abs(first.fill(rgb, mask) - patches)[~mask].mean(), rel=0.05)
    assert away[-1] < 0.01


def test_holes_that_are_not_wanted_do_not_tint_their_neighbours() -> None:
    mask = hole((100, 140), 30, 20, 40, 40)
    wanted = ~mask
    mask[30:70, 66:106] = False
    rgb, first = grainy(mask.shape), Flat(0.6, 0.6, 0.6)
    filled = TexturedBackend(first, 0.5).fill(rgb, mask, wanted)
    assert 0.55 < filled[42:58, 50:58].mean() < 0.61


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), texture=st.floats(0, 1))
def test_a_join_of_equal_fills_is_the_fill(seed: int, texture: float) -> None:
    rng = np.random.default_rng(seed)
    rgb = rng.random((40, 50, 3), np.float32)
    depth = rng.uniform(0, 60, (40, 50)).astype(np.float32)
    mask, thin = depth < 1, (depth >= 1) & (depth < 9)
    np.testing.assert_allclose(join(rgb, rgb, mask, depth, 1 / (1 + depth), thin, texture=texture), rgb, atol=1e-6)


def test_on_the_command_line(tmp_path: Path) -> None:
    mask = hole((64, 64), 20, 20, 24, 24)
    write_rgb(tmp_path / "in/a.png", np.rint(grainy((64, 64)) * 255).astype(np.uint8))
    write_mask(tmp_path / "m/a.png", mask)
    words = ["inpaint", tmp_path / "in", "--masks", tmp_path / "m", "--method", "pyramid"]
    results = []
    for more in ([], ["--texture", "0.5"], ["--texture", "0.5", "--seed", "9"]):
        out = tmp_path / f"out{len(results)}"
        done = CliRunner().invoke(app, [*map(str, words), *more, "--out", str(out)])
        assert done.exit_code == 0, done.stderr
        assert ("pyramid+texture0.5" in done.stderr) == bool(more)
        results.append(read_image(out / "a.png").samples)
    plain, textured, other = results
    assert plain[~mask].std() < textured[~mask].std()
    assert (other != textured)[~mask].any()
    np.testing.assert_array_equal(plain[mask], other[mask])


def test_turned_patches_on_the_command_line(tmp_path: Path) -> None:
    mask = hole((64, 64), 20, 20, 24, 24)
    write_rgb(tmp_path / "in/a.png", np.rint(grainy((64, 64)) * 255).astype(np.uint8))
    write_mask(tmp_path / "m/a.png", mask)
    words = [str(word) for word in ("inpaint", tmp_path / "in", "--masks", tmp_path / "m", "--method")]
    filled = {}
    for name, more in {
        "plain": ["patchmatch"],
        "turned": ["patchmatch", "--patch-turns"],
        "joined": ["pyramid", "--texture", "0.5", "--patch-turns"],
        "unturned": ["pyramid", "--texture", "0.5"],
    }.items():
        done = CliRunner().invoke(app, [*words, *more, "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.stderr
        filled[name] = read_image(tmp_path / name / "a.png").samples
    for one, other in (("plain", "turned"), ("joined", "unturned")):
        assert (filled[one] != filled[other])[~mask].any()
        np.testing.assert_array_equal(filled[one][mask], filled[other][mask])
    recipes = [(tmp_path / name / "manifest.jsonl").read_text() for name in ("plain", "turned")]
    assert ["patch_turns" in recipe for recipe in recipes] == [False, True]
    done = CliRunner().invoke(app, [*words, "telea", "--patch-turns", "--out", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "error: --patch-turns: has no meaning without patches; leave it out, or give --texture above 0"
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"texture": 1.5}, "`texture` 1.5: must lie between 0 and 1"),
        ({"texture": float("nan")}, "`texture` nan: must lie between 0 and 1"),
        ({"method": "patchmatch", "texture": 0.5}, "`texture`: has no meaning with `method` patchmatch"),
        ({"method": "telea", "seed": 3}, "`seed`: has no meaning without patches"),
        ({"texture": 0, "patch_turns": True}, "`patch_turns`: has no meaning without patches"),
        ({"seed": -1}, "`seed` -1: must lie between"),
    ],
)
def test_values_that_make_no_sense(options: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        FillOptions(**options)


def test_the_network_has_texture_by_default() -> None:
    assert FillOptions().own_texture == 0.5
    assert FillOptions(texture=0).own_texture == 0
    assert FillOptions(method="telea").own_texture == 0
    assert make_backend(Method.TELEA, texture=0.3).name == "telea+texture"


def test_where_a_long_hole_is_cut_its_texture_goes_on() -> None:
    blobs = cv2.GaussianBlur(np.random.default_rng(1).normal(size=(800, 800)).astype(np.float32), (0, 0), 3)
    rgb = (0.5 + 0.2 * np.sign(blobs)).astype(np.float32)[:, :, None].repeat(3, 2)
    line = np.ones(rgb.shape[:2], np.uint8)
    cv2.line(line, (40, 60), (760, 740), 0, 26)
    mask = line > 0
    window = np.zeros(mask.shape, int)
    for number, (rect, own, cut) in enumerate(neighbourhoods(mask), 1):
        assert cut
        window[rect.slices][own] = number
    assert window.max() > 3
    filled = TexturedBackend(Flat(0.5, 0.5, 0.5), 0.5).fill(rgb, mask)[:, :, 0]
    deep = hole_depth(mask) > 4
    at_cuts, elsewhere = [], []
    for image, inside, part in ((filled, deep, window), (filled.T, deep.T, window.T)):
        both, cut = inside[1:] & inside[:-1], part[1:] != part[:-1]
        steps = np.abs(np.diff(image, axis=0))
        at_cuts.append(steps[both & cut])
        elsewhere.append(steps[both & ~cut])
    # Windows that know nothing of one another have 2.8 times the steps.
    assert np.concatenate(at_cuts).mean() < 1.7 * np.concatenate(elsewhere).mean()
