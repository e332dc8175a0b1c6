"""Finding damage whose place is known."""

from itertools import product

import cv2
import numpy as np
import pytest

from pconv_cli.errors import UsageError
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.samples import sample_images
from pconv_cli.masks.detect.detection import Search, count_areas, detect
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import Damage
from pconv_cli.masks.operations import spread

IMAGES = sample_images()
CAT = IMAGES["chelsea"]
GREEN = (0, 255, 0)


def floats(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) / np.float32(255)


def recompressed(image: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]


def hole_in(image: np.ndarray, kind: str, seed: int = 0) -> np.ndarray:
    return ~draw_mask(kind, image.shape[:2], np.random.default_rng(seed), ratio=(0.03, 0.1))


def precision_and_recall(found: np.ndarray, true: np.ndarray, px: int = 0) -> tuple[float, float]:
    precision = (found & spread(true, px)).sum() / max(1, found.sum())
    return float(precision), float((true & spread(found, px)).sum() / true.sum())


def wave(size: tuple[int, int] = (120, 160), low: float = 0.3, high: float = 0.7) -> np.ndarray:
    """A smooth image with a little noise, of no damage of any kind."""
    y, x = np.mgrid[: size[0], : size[1]]
    grey = low + (high - low) * (0.5 + 0.25 * np.sin(x / 25) + 0.25 * np.cos(y / 19))
    noise = np.random.default_rng(0).normal(0, 0.01, size)
    return np.repeat((grey + noise).astype(np.float32)[:, :, None], 3, 2)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_paint_in_a_lossless_file_is_found_to_the_pixel(name: str) -> None:
    image, true = IMAGES[name].copy(), hole_in(IMAGES[name], "strokes")
    image[true] = GREEN
    precision, recall = precision_and_recall(~detect(floats(image), Search(colours=[GREEN], min_area=0)), true)
    assert recall == 1
    assert precision > 0.995


@pytest.mark.parametrize(("quality", "ringing"), [(90, 0.03), (60, 0.06)])
@pytest.mark.parametrize("colour", [GREEN, (255, 0, 255), (255, 0, 0)])
def test_paint_in_a_jpeg_is_found_with_what_it_has_bled_into(
    quality: int, ringing: float, colour: tuple[int, int, int]
) -> None:
    image, true = CAT.copy(), hole_in(CAT, "strokes")
    image[true] = colour
    spoilt = recompressed(image, quality)
    found = ~detect(floats(spoilt), Search(colours=[colour]))
    assert precision_and_recall(found, true)[1] > 0.999
    assert precision_and_recall(found, true, 4)[0] > 0.999
    # What is left of the paint outside of the mask is no more than the ringing of its compression.
    left = ~found & spread(true, 6)
    clean = recompressed(CAT, quality)
    assert np.abs(floats(spoilt) - floats(clean)).max(axis=2)[left].mean() < ringing


def test_two_paints_and_a_colour_that_is_not_there() -> None:
    image = CAT.copy()
    image[10:40, 10:40], image[100:120, 200:260] = GREEN, (255, 0, 255)
    mask = detect(floats(image), Search(colours=[GREEN, (255, 0, 255)]))
    assert count_areas(PackedMask.of(mask)) == 2
    assert (~mask).sum() == 30 * 30 + 20 * 60
    assert detect(floats(image), Search(colours=[(0, 0, 255)])).all()
    assert not detect(floats(np.full((9, 9, 3), GREEN, np.uint8)), Search(colours=[GREEN])).any()


@pytest.mark.parametrize(("method", "level"), [(Damage.WHITE, 250), (Damage.BLACK, 5)])
def test_losses_are_found(method: Damage, level: int) -> None:
    image, true = CAT.copy(), hole_in(CAT, "shapes")
    image[true] = level
    precision, recall = precision_and_recall(
        ~detect(floats(recompressed(image, 85)), Search([method], rules=True)), true, 2
    )
    assert precision > 0.93
    assert recall > 0.95


def test_a_sky_that_fades_is_no_loss_and_a_dead_block_in_it_is() -> None:
    sky = np.repeat(np.linspace(1, 0.5, 200, dtype=np.float32)[:, None], 160, 1)
    rgb = np.repeat(sky[:, :, None], 3, 2)
    assert detect(rgb, Search([Damage.WHITE], rules=True)).all()
    rgb[100:130, 40:90] = 1
    mask = detect(rgb, Search([Damage.WHITE], rules=True))
    assert not mask[100:130, 40:90].any()
    assert (~mask).sum() < 1.1 * 30 * 50


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (5, 5), (30, 4)])
def test_small_images_of_one_colour(size: tuple[int, int]) -> None:
    for value, rules in product((0, 0.5, 1), (True, False)):
        rgb = np.full((*size, 3), value, np.float32)
        mask = detect(rgb, Search(list(Damage), colours=[(0, 255, 0)], rules=rules, min_area=0, dilate=2))
        assert mask.shape == size
        assert mask.all()


@pytest.mark.parametrize(("method", "sign"), [(Damage.CRACKS, -1), (Damage.SCRATCHES, 1)])
def test_thin_lines_are_found_and_those_of_the_other_kind_not(method: Damage, sign: int) -> None:
    line = np.zeros((120, 160), np.uint8)
    points = np.array([[10, 20], [60, 35], [90, 80], [150, 100]], np.int32)
    cv2.polylines(line, [points], False, 255, 2)
    rgb = wave() + sign * np.float32(0.25) * cv2.GaussianBlur(line / np.float32(255), (0, 0), 0.6)[:, :, None]
    found = ~detect(rgb, Search([method], rules=True))
    assert min(precision_and_recall(found, line > 0, 1)) > 0.97
    other = Damage.SCRATCHES if method is Damage.CRACKS else Damage.CRACKS
    assert detect(rgb, Search([other], rules=True)).all()


def test_edges_specks_wide_bars_and_faint_lines_are_no_cracks() -> None:
    rgb = wave()
    rgb[:60, :50] *= 0.4  # the edge of a shape
    rgb[90:92, 100:103] = 0  # a speck
    rgb[20:32, 70:150] = 0.1  # a bar
    rgb[80, 10:90] -= 0.02
    assert detect(rgb, Search([Damage.CRACKS], rules=True)).all()
    assert not detect(rgb, Search([Damage.CRACKS], rules=True, width=16)).all()  # now the bar is one
    assert not detect(rgb, Search([Damage.CRACKS], rules=True, contrast=3)).all()


def test_area_growth_and_transparency() -> None:
    image = CAT.copy()
    image[50:53, 50:53] = image[100:110, 100:110] = GREEN
    rgb = floats(image)
    assert (~detect(rgb, Search(colours=[GREEN], min_area=9))).sum() == 109
    assert (~detect(rgb, Search(colours=[GREEN], min_area=10))).sum() == 100
    grown = detect(rgb, Search(colours=[GREEN], min_area=10, dilate=2))
    assert np.array_equal(~grown, spread(~detect(rgb, Search(colours=[GREEN], min_area=10)), 2))
    alpha = np.ones(rgb.shape[:2], np.float32)
    alpha[95:105] = 0
    assert (~detect(rgb, Search(colours=[GREEN], min_area=10), alpha)).sum() == 50


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "nothing to look for"),
        ({"methods": [Damage.WHITE], "tolerance": 9}, "`tolerance`: belongs to `colours`, and to `rules` with"),
        ({"methods": [Damage.CRACKS], "rules": True, "tolerance": 9}, "`tolerance`: belongs"),
        (
            {"methods": [Damage.CRACKS], "contrast": 9},
            "`contrast`: belongs to `rules` with `method` scratches or cracks",
        ),
        ({"methods": [Damage.WHITE], "rules": True, "width": 9}, "`width`: belongs"),
        ({"colours": [GREEN], "tolerance": 255}, "`tolerance` 255"),
        ({"methods": [Damage.CRACKS], "rules": True, "contrast": 0}, "`contrast` 0"),
        ({"methods": [Damage.CRACKS], "rules": True, "width": 65}, "`width` 65"),
        ({"colours": [GREEN], "rules": True}, "`rules`: belongs to `method`"),
        ({"colours": [GREEN], "certainty": 0.5}, "`certainty`: belongs to `method` without `rules`"),
        ({"methods": [Damage.WHITE], "rules": True, "certainty": 0.5}, "`certainty`: belongs"),
        ({"methods": [Damage.WHITE], "certainty": 1}, "`certainty` 1: give a value between 0 and 1"),
        ({"methods": [Damage.WHITE], "certainty": float("nan")}, "`certainty` nan"),
        ({"colours": [GREEN], "min_area": -1}, "`min_area` -1"),
        ({"colours": [GREEN], "dilate": -1}, "`dilate` -1"),
    ],
)
def test_refused(changes: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Search(**changes)
