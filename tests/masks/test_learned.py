"""Damage found by the network."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pconv_cli.errors import ModelError
from pconv_cli.files.samples import sample_images
from pconv_cli.files.shipped import shipped_weights
from pconv_cli.masks.detect import learned
from pconv_cli.masks.detect.detection import Search, detect
from pconv_cli.masks.detect.learned import KINDS, MARGIN, STEP
from pconv_cli.masks.detect.network import CLOSING, DamageNetwork
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import Damage
from pconv_cli.masks.large.windowed import SearchedArray
from pconv_cli.masks.operations import spread
from pconv_cli.tiling.rect import Rect

CAT = sample_images()["chelsea"].astype(np.float32) / np.float32(255)


def lines(size: tuple[int, int]) -> np.ndarray:
    """Four jagged lines, 2 and 3 px wide."""
    rng, area = np.random.default_rng(3), np.zeros(size, np.uint8)
    for width in (2, 3, 2, 3):
        ways = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.5, 14)
        points = rng.uniform((60, 60), (size[1] - 60, size[0] - 60)) + np.cumsum(
            np.stack([np.cos(ways), np.sin(ways)], 1) * 12, 0
        )
        cv2.polylines(area, [np.rint(points).astype(np.int32)], False, 1, width)
    return area > 0


def painted(image: np.ndarray, area: np.ndarray, level: float, sigma: float = 0.6) -> np.ndarray:
    cover = cv2.GaussianBlur(area.astype(np.float32), (0, 0), sigma)[:, :, None]
    return (image + cover * (np.float32(level) - image)).astype(np.float32)


@pytest.mark.parametrize(("kind", "level"), [(Damage.WHITE, 0.98), (Damage.BLACK, 0.02)])
def test_drawn_losses_are_found_and_little_else(kind: Damage, level: float) -> None:
    area = ~draw_mask("strokes", CAT.shape[:2], np.random.default_rng(1), ratio=(0.03, 0.1))
    found = ~detect(painted(CAT, area, level), Search([kind]))
    assert (area & spread(found, 2)).sum() > 0.8 * area.sum()
    assert (found & spread(area, 2)).sum() > 0.9 * found.sum()


@pytest.mark.parametrize(("kind", "level"), [(Damage.CRACKS, 0.12), (Damage.SCRATCHES, 0.92)])
def test_drawn_lines_are_found_and_little_else(kind: Damage, level: float) -> None:
    area = lines(CAT.shape[:2])
    found = ~detect(painted(CAT, area, level), Search([kind]))
    assert (area & spread(found, 2)).sum() > 0.7 * area.sum()
    assert (found & spread(area, 2)).sum() > 0.7 * found.sum()


@pytest.mark.parametrize(("value", "as_if"), [(np.nan, 0), (np.inf, 1), (-np.inf, 0)])
def test_a_pixel_that_is_no_number_hides_no_damage_round_it(value: float, as_if: float) -> None:
    area = ~draw_mask("strokes", CAT.shape[:2], np.random.default_rng(1), ratio=(0.03, 0.1))
    rgb, other = (painted(CAT, area, 0.98) for _ in range(2))
    rgb[140:143, 200:203], other[140:143, 200:203] = value, as_if
    search = Search([Damage.WHITE])
    np.testing.assert_array_equal(detect(rgb, search), detect(other, search))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_image_is_left_alone(kind: Damage) -> None:
    assert (~detect(CAT, Search([kind]))).mean() < 0.005


def test_a_loss_is_damage_by_its_median(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = np.full((len(KINDS), 40, 60), -9, np.float32)
    logits[0, 5:15, 5:25] = 0  # p = 0.5
    logits[0, 5:15, 5:16] = 3  # p = 0.95, in 11 columns of 20
    logits[0, 25:35, 5:25] = 0
    logits[0, 25:35, 5:14] = 3  # in 9
    monkeypatch.setattr(learned, "_logits", lambda rgb: logits[:, : rgb.shape[0], : rgb.shape[1]])
    rgb = np.full((40, 60, 3), 0.5, np.float32)
    expected = np.zeros((40, 60), np.bool_)
    expected[5:15, 5:25] = True
    found = ~detect(rgb, Search([Damage.WHITE], certainty=0.9))
    assert found[expected].all()
    assert not (found & ~spread(expected, 1)).any()
    assert not (~detect(rgb, Search([Damage.CRACKS], certainty=0.9))).any()
    expected[25:35, 5:25] = True
    assert (~detect(rgb, Search([Damage.WHITE], certainty=0.5)))[expected].all()


def test_what_is_likely_is_believed_beside_what_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = np.full((len(KINDS), 40, 60), -9, np.float32)
    logits[0, 25:35, 5:25] = -0.5  # p = 0.38
    monkeypatch.setattr(learned, "_logits", lambda rgb: logits[:, : rgb.shape[0], : rgb.shape[1]])
    rgb = np.full((40, 60, 3), 0.5, np.float32)
    search = Search([Damage.WHITE])
    assert not (~detect(rgb, search)).any()
    logits[0, 5:15, 5:25] = 5
    assert (~detect(rgb, search))[25:35, 5:25].all()
    assert not (~detect(rgb, Search([Damage.WHITE], certainty=0.9)))[25:35, 5:25].any()
    logits[0, 5:15, 8:25] = -9  # 30 px of certain damage: too little of the image
    limits = {**learned.LIMITS, Damage.WHITE: replace(learned.LIMITS[Damage.WHITE], evidence=0.02)}
    monkeypatch.setattr(learned, "LIMITS", limits)
    assert not (~detect(rgb, search))[25:35, 5:25].any()


@pytest.mark.parametrize(("kind", "level"), [(Damage.WHITE, 0.98), (Damage.BLACK, 0.02)])
def test_a_sky_of_another_colour_is_not_believed_beside_a_scratch(
    kind: Damage, level: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = np.full((len(KINDS), 40, 60), -9, np.float32)
    logits[KINDS.index(kind), 20:40] = -0.5  # p = 0.38
    logits[KINDS.index(kind), 5:10, 5:25] = 5
    monkeypatch.setattr(learned, "_logits", lambda rgb: logits[:, : rgb.shape[0], : rgb.shape[1]])
    rgb = np.full((40, 60, 3), level, np.float32)
    search = Search([kind])
    assert (~detect(rgb, search))[20:].all()
    rgb[20:, :, 0] = abs(level - 0.28)  # one channel is enough
    found = ~detect(rgb, search)
    assert found[5:10, 5:25].all()
    assert not found[20:].any()


def test_a_line_is_damage_by_its_certain_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = np.full((len(KINDS), 60, 80), -9, np.float32)
    crack = KINDS.index(Damage.CRACKS)
    logits[crack, 10:12, 5:75] = -0.5  # p = 0.38, 140 px of them
    logits[crack, 30:32, 5:75] = -0.5
    logits[crack, 10:12, 5:15] = 3  # p = 0.95 in 20 px
    logits[crack, 30:32, 5:15] = 3
    logits[crack, 31, 14] = -0.5  # in 19 px
    logits[crack, 50, 5:75] = -1  # p = 0.27
    monkeypatch.setattr(learned, "_logits", lambda rgb: logits[:, : rgb.shape[0], : rgb.shape[1]])
    monkeypatch.setattr(learned, "_second_logits", lambda _image, _kind, rect: logits[crack][rect.slices])
    rgb, expected = np.full((60, 80, 3), 0.5, np.float32), np.zeros((60, 80), np.bool_)
    expected[10:12, 5:75] = True
    np.testing.assert_array_equal(~detect(rgb, Search([Damage.CRACKS], certainty=0.9)), spread(expected, 1))
    expected[30:32, 5:75] = True  # for evidence
    np.testing.assert_array_equal(~detect(rgb, Search([Damage.CRACKS])), spread(expected, 1))


def test_what_is_transparent_judges_no_area(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an area that half of the image hides, the part that is seen is certain, or the part that is hidden."""
    logits = np.full((len(KINDS), 40, 60), -9, np.float32)
    logits[0, 5:15, 5:25] = 0
    logits[0, 5:15, 5:13] = 3  # 8 columns of 20, and of the 13 that are seen
    monkeypatch.setattr(learned, "_logits", lambda rgb: logits[:, : rgb.shape[0], : rgb.shape[1]])
    rgb, search = np.full((40, 60, 3), 0.5, np.float32), Search([Damage.WHITE], certainty=0.9)
    right, left = np.ones((40, 60), np.float32), np.ones((40, 60), np.float32)
    right[:, 18:], left[:, :13] = 0, 0
    assert not (~detect(rgb, search)).any()
    found = ~detect(rgb, search, right)
    assert found[5:15, 5:18].all()
    assert not found[:, 18:].any()
    logits[0, 5:15, 5:16] = 3  # 11 of 20, and 3 of the 12 that are seen
    assert (~detect(rgb, search)).any()
    assert not (~detect(rgb, search, left)).any()


def hairlines(size: tuple[int, int]) -> np.ndarray:
    """Straight lines of 1 px from side to side, a little slanted."""
    area = np.zeros(size, np.uint8)
    for row in range(40, size[0], 40):
        cv2.line(area, (30, row), (size[1] - 30, row - 30), 1, 1)
    return area > 0


def test_a_second_look_finds_more_of_thin_lines_without_more_mistakes() -> None:
    area = hairlines(CAT.shape[:2])
    rgb = painted(CAT, area, 0.2)
    first = learned._logits(rgb)[KINDS.index(Damage.CRACKS)] >= learned._logit(0.3)
    again = learned._likely_again(SearchedArray(rgb), Damage.CRACKS, Rect.whole(area.shape))
    assert (area & spread(again, 2)).sum() > (area & spread(first, 2)).sum() + 0.05 * area.sum()
    wrong = ~spread(area, 2)
    assert (again & wrong).sum() / again.sum() <= (first & wrong).sum() / first.sum() + 0.01


@pytest.mark.parametrize(
    ("search", "length", "looks"),
    [
        (Search([Damage.CRACKS]), 380, 1),
        (Search([Damage.CRACKS]), 0, 0),  # nothing is found
        (Search([Damage.CRACKS]), 60, 0),  # too little for evidence
        (Search([Damage.CRACKS], certainty=0.9), 380, 0),
        (Search([Damage.BLACK]), 380, 0),
    ],
)
def test_a_second_look_is_taken_where_lines_are_certain(
    monkeypatch: pytest.MonkeyPatch, search: Search, length: int, looks: int
) -> None:
    rgb, taken = CAT.copy(), []
    if length:
        area = np.zeros(CAT.shape[:2], np.uint8)
        for row in (60, 150, 240) if length > 100 else (60,):
            cv2.line(area, (30, row), (30 + length, row + 10), 1, 3)
        rgb = painted(CAT, area > 0, 0.1)
    second = learned._likely_again
    monkeypatch.setattr(learned, "_likely_again", lambda *of: taken.append(of[1:]) or second(*of))
    detect(rgb, search)
    assert taken == [(Damage.CRACKS, Rect.whole(CAT.shape))] * looks


@pytest.mark.parametrize(("first", "is_likely"), [(0.02, False), (0.04, True)])
def test_a_look_at_twice_the_size_counts_unless_the_first_all_but_rules_it_out(
    monkeypatch: pytest.MonkeyPatch, first: float, is_likely: bool
) -> None:
    size = (64, 96)

    def logits(rgb: np.ndarray) -> np.ndarray:
        height, width = rgb.shape[:2]
        return np.full((len(KINDS), height, width), learned._logit(0.9 if height > size[0] else first), np.float32)

    monkeypatch.setattr(learned, "_logits", logits)
    image = SearchedArray(np.full((*size, 3), 0.5, np.float32))
    assert (learned._likely_again(image, Damage.CRACKS, Rect.whole(size)) == is_likely).all()


def test_a_second_look_at_a_part_is_that_of_the_image() -> None:
    size = (317, 445)
    image = SearchedArray(painted(cv2.resize(CAT, size[::-1]), hairlines(size), 0.1))
    rect = Rect(140, 205, 50, 70)
    assert rect.grown(MARGIN, size, STEP).size < size
    whole, part = (learned._second_logits(image, Damage.CRACKS, where) for where in (Rect.whole(size), rect))
    np.testing.assert_allclose(part, whole[rect.slices], atol=1e-3)


def test_a_second_look_finds_nothing_that_is_transparent() -> None:
    rgb, alpha = painted(CAT, hairlines(CAT.shape[:2]), 0.1), np.ones(CAT.shape[:2], np.float32)
    alpha[:, 200:260] = 0
    whole = Rect.whole(alpha.shape)
    found = learned._likely_again(SearchedArray(rgb), Damage.CRACKS, whole)
    assert found[alpha == 0].any()
    seen = learned._likely_again(SearchedArray(rgb, alpha), Damage.CRACKS, whole)
    np.testing.assert_array_equal(seen, found & (alpha > 0))


def test_the_network_sees_no_farther_than_its_margin() -> None:
    """In float64, and with all values positive, so that nothing that is reached cancels out."""
    network = DamageNetwork(len(KINDS)).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
        side = 16 * STEP
        shown = torch.rand(1, 6, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        before, farthest = network(shown), 0
        for place in range(side // 2, side // 2 + STEP):
            changed = shown.clone()
            changed[:, :, place, place] += 5
            rows, columns = torch.nonzero((network(changed) != before).any(1)[0], as_tuple=True)
            farthest = max(farthest, int((rows - place).abs().max()), int((columns - place).abs().max()))
    assert MARGIN - STEP < farthest + CLOSING - 1 <= MARGIN  # the closing looks as far before the network does


def test_batch_norm_of_training_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmarks = Path(__file__).parents[2] / "benchmarks"
    monkeypatch.syspath_prepend(benchmarks)  # for the scripts that it imports
    spec = importlib.util.spec_from_file_location("pconv_detection_training", benchmarks / "detection_training.py")
    assert spec is not None
    assert spec.loader is not None
    training = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(training)
    torch.manual_seed(0)
    network = training.normed(DamageNetwork(len(KINDS)))
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert len(norms) == 14
    for norm in norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.uniform_(norm.bias, -0.5, 0.5)
    shown = torch.rand(2, 6, 32, 48)
    for _ in range(3):
        network(shown)  # moves the running statistics
    network.eval()
    plain = DamageNetwork(len(KINDS)).eval()
    with torch.inference_mode():
        expected = network(shown)
        plain.load_state_dict(training.folded(network).state_dict())
        torch.testing.assert_close(plain(shown), expected, rtol=1e-4, atol=1e-5)


def test_the_shipped_weights_are_small_and_say_what_they_are() -> None:
    path = shipped_weights() / "detection" / "damage.safetensors"
    assert path.stat().st_size < 1_700_000
    assert all(value.dtype is torch.float16 for value in load_file(path).values())


@pytest.mark.parametrize("how", ["missing", "cut", "foreign"])
def test_damaged_weights_are_an_error_of_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    path = tmp_path / "detection" / "damage.safetensors"
    path.parent.mkdir()
    if how == "cut":
        path.write_bytes((shipped_weights() / "detection" / "damage.safetensors").read_bytes()[:5000])
    elif how == "foreign":
        save_file({"weight": torch.zeros(3)}, path)
    monkeypatch.setattr(learned, "shipped_weights", lambda: tmp_path)
    learned._network.cache_clear()
    try:
        with pytest.raises(ModelError, match=r"damage.safetensors: the detector's weights are missing or damaged; "):
            detect(CAT, Search([Damage.WHITE]))
    finally:
        learned._network.cache_clear()
