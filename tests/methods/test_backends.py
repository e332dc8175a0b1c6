from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage.restoration import inpaint_biharmonic

from pconv_cli import ModelSpec, PConvUNet, load_weights
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.backends import BACKENDS, make_backend
from pconv_cli.methods.names import COMPARED, Method
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.network_windows import is_grey
from pconv_cli.methods.tiled.windows import Rgb

Smooth = Callable[[tuple[int, int]], Rgb]
Holes = Callable[..., Mask]
FLAGS = {Method.TELEA: cv2.INPAINT_TELEA, Method.NS: cv2.INPAINT_NS}


@pytest.fixture(params=list(Method))
def backend(request: pytest.FixtureRequest, tiny_weights: Path) -> Backend:
    weights = tiny_weights if request.param is Method.PCONV else None
    return make_backend(request.param, weights=weights, device="cpu", tile=64, overlap=16)


def test_the_registry_knows_every_method() -> None:
    assert set(BACKENDS) == set(Method)


def test_a_backend_fills_holes_and_nothing_else(backend: Backend, smooth: Smooth, holes: Holes) -> None:
    rgb, mask = smooth((90, 110)), holes((90, 110))
    before = rgb.copy()
    filled = backend.fill(rgb, mask)
    assert filled.shape == rgb.shape
    assert filled.dtype == np.float32
    np.testing.assert_array_equal(filled[mask], rgb[mask])
    np.testing.assert_array_equal(rgb, before)  # its input stays as it was
    assert np.isfinite(filled).all()
    assert 0 <= filled.min() <= filled.max() <= 1


def test_what_stands_in_a_hole_is_not_looked_at(backend: Backend, smooth: Smooth, holes: Holes) -> None:
    rgb, mask = smooth((90, 110)), holes((90, 110))
    other = np.where(mask[:, :, None], rgb, np.float32(0.987))
    np.testing.assert_array_equal(backend.fill(rgb, mask), backend.fill(other, mask))


@pytest.mark.parametrize(
    ("method", "texture", "network"),
    [(method, texture, "tiny_weights") for method in COMPARED for texture in (0, 0.5)]
    + [(Method.PATCHMATCH, 0, "tiny_weights"), (Method.PCONV, 0, "tiny_pyramid"), (Method.PCONV, 0.5, "tiny_pyramid")],
)
def test_holes_that_nobody_asked_for_change_nothing(
    method: Method, texture: float, network: str, smooth: Smooth, request: pytest.FixtureRequest
) -> None:
    """The wanted one is filled as if the others were to be filled, too, and nothing that stands in them leaks."""
    weights = request.getfixturevalue(network) if method is Method.PCONV else None
    backend = make_backend(method, weights=weights, device="cpu", tile=96, overlap=16, texture=texture)
    rgb, mask, wanted = smooth((120, 260)), np.ones((120, 260), bool), np.zeros((120, 260), bool)
    mask[30:80, 20:70] = mask[40:50, 110:120] = mask[20:90, 180:240] = False
    wanted[30:80, 20:70] = True
    rgb[~mask] = 0
    filled = backend.fill(rgb, mask, wanted)
    np.testing.assert_array_equal(filled[mask], rgb[mask])
    rgb[~mask & ~wanted] = 0.9
    np.testing.assert_array_equal(backend.fill(rgb, mask, wanted)[wanted], filled[wanted])
    # For all holes the image is one window on the pyramid, and untrained values make much of where a window ends.
    most = 0.05 if network == "tiny_pyramid" else 0.02
    assert np.abs(backend.fill(rgb, mask)[wanted] - filled[wanted]).mean() < most


@pytest.mark.parametrize("tile", [64, 128])
def test_by_default_tiles_share_a_quarter(tiny_weights: Path, smooth: Smooth, holes: Holes, tile: int) -> None:
    rgb, mask = smooth((90, 300)), holes((90, 300))
    plain = make_backend(Method.PCONV, weights=tiny_weights, device="cpu", tile=tile)
    quarter = make_backend(Method.PCONV, weights=tiny_weights, device="cpu", tile=tile, overlap=tile // 4)
    np.testing.assert_array_equal(plain.fill(rgb, mask), quarter.fill(rgb, mask))


@pytest.mark.parametrize("size", [(1, 2), (3, 2), (65, 1), (64, 64), (70, 200)])
def test_any_size(backend: Backend, smooth: Smooth, size: tuple[int, int]) -> None:
    rgb, mask = smooth(size), np.ones(size, bool)
    mask[size[0] // 2, size[1] // 2] = False
    filled = backend.fill(rgb, mask)
    np.testing.assert_array_equal(filled[mask], rgb[mask])
    assert 0 <= filled.min() <= filled.max() <= 1


def test_a_image_without_holes_comes_back(backend: Backend, smooth: Smooth) -> None:
    rgb = smooth((20, 20))
    np.testing.assert_array_equal(backend.fill(rgb, np.ones((20, 20), bool)), rgb)


@pytest.mark.parametrize("method", [Method.PYRAMID, Method.TELEA, Method.NS, Method.BIHARMONIC])
@pytest.mark.parametrize("colour", [(0.2, 0.7, 0.4), (1.0, 0.0, 128 / 255)])
def test_a_flat_colour_stays_flat(method: Method, colour: tuple[float, float, float], holes: Holes) -> None:
    """No colour cast and no ring at the edge of a hole."""
    rgb = np.full((60, 80, 3), colour, np.float32)
    mask = holes((60, 80), count=9)
    filled = make_backend(method, device="cpu").fill(np.where(mask[:, :, None], rgb, np.float32(0.5)), mask)
    np.testing.assert_allclose(filled, rgb, atol=0.5 / 255)


@pytest.mark.parametrize("method", [Method.TELEA, Method.NS])
def test_8_bits_give_what_opencv_gives_on_the_whole_image(method: Method, smooth: Smooth, holes: Holes) -> None:
    samples = np.rint(smooth((150, 170)) * 255).astype(np.uint8)
    mask = holes((150, 170), count=14, largest=25)
    expected = cv2.inpaint(samples, (~mask).astype(np.uint8), 3, FLAGS[method])
    filled = make_backend(method).fill(samples.astype(np.float32) / 255, mask)
    np.testing.assert_array_equal(np.rint(filled * 255).astype(np.uint8), expected)


@pytest.mark.parametrize("method", [Method.TELEA, Method.NS])
def test_deeper_images_are_not_cut_to_8_bits(method: Method) -> None:
    """A ramp of less than one 8-bit step in all is continued through the hole."""
    ramp = 0.5 + np.linspace(0, 1 / 255, 40, dtype=np.float32)
    rgb = np.repeat(np.repeat(ramp[None, :, None], 30, axis=0), 3, axis=2)
    mask = np.ones((30, 40), bool)
    mask[10:20, 14:26] = False
    filled = make_backend(method).fill(rgb, mask)
    assert np.unique(filled[~mask]).size > 30
    assert np.abs(filled - rgb)[~mask].max() < 0.5 / 255


def test_biharmonic_is_that_of_scikit_image(smooth: Smooth, holes: Holes) -> None:
    rgb, mask = smooth((80, 90)), holes((80, 90), count=5)
    expected = inpaint_biharmonic(rgb, ~mask, channel_axis=2)
    np.testing.assert_allclose(make_backend(Method.BIHARMONIC).fill(rgb, mask), expected, atol=2e-4)


def test_pyramid_is_that_of_the_core(smooth: Smooth, holes: Holes) -> None:
    rgb, mask = smooth((80, 90)), holes((80, 90))
    x = torch.from_numpy(rgb).permute(2, 0, 1)[None]
    expected = fill_pyramid(x, torch.from_numpy(mask)[None, None].float())[0].permute(1, 2, 0).numpy()
    filled = make_backend(Method.PYRAMID, device="cpu").fill(rgb, mask)
    np.testing.assert_allclose(filled, expected, atol=1e-6)


def test_pconv_is_the_network_where_a_image_fits_a_tile(tiny_weights: Path, smooth: Smooth, holes: Holes) -> None:
    rgb, mask = smooth((50, 60)), holes((50, 60), largest=6)
    x = torch.from_numpy(rgb).permute(2, 0, 1)[None]
    with torch.inference_mode():
        output = load_weights(tiny_weights)(x, torch.from_numpy(mask)[None, None].float()).output
    expected = output[0].permute(1, 2, 0).clamp(0, 1).numpy()
    backend = make_backend(Method.PCONV, weights=tiny_weights, device="cpu", precision="float32", tile=64, overlap=16)
    filled = backend.fill(rgb, mask)
    np.testing.assert_allclose(filled[~mask], expected[~mask], atol=1e-5)


def test_tiles_of_a_network_with_nothing_to_add_give_its_base(smooth: Smooth) -> None:
    """A network that adds nothing to the pyramid shows the seams of the tiling alone: none."""
    model = PConvUNet(ModelSpec(width=2, depth=4, base="pyramid")).eval()
    torch.nn.init.zeros_(model.decoder[-1].conv.weight)
    rgb, mask = smooth((200, 300)), np.ones((200, 300), bool)
    mask[80:90, 20:280] = mask[20:180, 150:158] = False
    filled = PConvBackend(model, tile=96, overlap=32).fill(rgb, mask)
    assert np.abs(filled - rgb).max() < 0.06
    assert np.abs(np.diff(filled, axis=0)).max() < 0.05
    assert np.abs(np.diff(filled, axis=1)).max() < 0.05


def test_what_cannot_be_made_says_why(tmp_path: Path, tiny_weights: Path) -> None:
    with pytest.raises(ModelError):
        make_backend(Method.PCONV, weights=tmp_path / "missing.safetensors", device="cpu")
    (tmp_path / "foreign.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError):
        make_backend(Method.PCONV, weights=tmp_path / "foreign.safetensors", device="cpu")
    with pytest.raises(UsageError, match="`device` nonsense"):
        make_backend(Method.PYRAMID, device="nonsense")
    with pytest.raises(UsageError, match="`tile` 8"):
        make_backend(Method.PCONV, weights=tiny_weights, device="cpu", tile=8, overlap=4)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_reach_is_where_the_deepest_level_still_sees(depth: int) -> None:
    """One pixel nearer than ``reach`` the encoder closes a round hole; well beyond it, it cannot."""
    spec = ModelSpec(width=1, depth=depth)
    model = PConvUNet(spec).eval()
    size = 4 * spec.reach + 2 * spec.size_multiple

    def closed(radius: float) -> bool:
        rows, columns = np.mgrid[:size, :size] - size // 2
        valid = torch.from_numpy(np.maximum(abs(rows), abs(columns)) > radius)[None, None].float()
        features = torch.zeros(1, 3, size, size)
        for block in model.encoder:
            features, valid = block(features, valid)
        return bool(valid.min() > 0)

    assert closed(spec.reach - 1)
    assert not closed(spec.reach + spec.size_multiple)


def test_black_and_white_stored_as_rgb_gets_no_colour(tiny_weights: Path, holes: Holes) -> None:
    grey = np.random.default_rng(3).random((90, 110, 1), np.float32)
    rgb, mask = np.repeat(grey, 3, axis=2), holes((90, 110))
    rgb[~mask] = (1, 0, 0)
    backend = make_backend(Method.PCONV, weights=tiny_weights, device="cpu")
    filled = backend.fill(rgb, mask)
    np.testing.assert_array_equal(filled[~mask].min(axis=1), filled[~mask].max(axis=1))
    rounded = rgb + np.float32([0, 1 / 255, 0])
    np.testing.assert_array_equal(backend.fill(rounded, mask)[mask], rounded[mask])  # grey still, and kept as it is
    tinted = rgb * np.float32([1, 0.9, 0.8])
    assert np.ptp(backend.fill(tinted, mask)[~mask], axis=1).max() > 0


def test_a_faint_tint_stays(smooth: Smooth) -> None:
    """A toned photograph, 4 steps of 8 bits off grey, is not filled with grey; a shift of one step could be seen."""
    model = PConvUNet(ModelSpec(width=2, depth=4, base="pyramid")).eval()
    torch.nn.init.zeros_(model.decoder[-1].conv.weight)
    tint = np.float32([4, 0, -4]) / 255
    rgb, mask = smooth((120, 120))[:, :, :1] + tint, np.ones((120, 120), bool)
    mask[50:62, 40:80] = False
    filled = PConvBackend(model, tile=96, overlap=32).fill(rgb, mask)
    off = (filled - filled.mean(axis=2, keepdims=True))[~mask] - tint
    assert np.abs(off).max() * 255 < 1


@pytest.mark.parametrize("side", [1, 7, 200])
def test_one_pixel_in_colour_makes_a_image_no_grey_one(side: int) -> None:
    rgb, mask = np.full((side, side, 3), 0.5, np.float32), np.ones((side, side), np.bool_)
    assert is_grey(rgb, mask)
    rgb[-1, -1, 0] = 0.6
    assert not is_grey(rgb, mask)
    mask[-1, -1] = False
    assert is_grey(rgb, mask)
