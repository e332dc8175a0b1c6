"""benchmarks/test_set.py: the written rule, and folders that `pconv eval` takes."""

import importlib.util
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "test_set.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pconv_test_set", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(tmp_path: Path, script: ModuleType, noise) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    cv2.imwrite(str(tmp_path / "images/a.png"), noise((24, 30, 3), 1))
    cv2.imwrite(str(tmp_path / "images/b.bmp"), noise((20, 20, 3), 2))
    for number, ratio_class in enumerate(script.CLASSES):
        for group in ("inside", "border"):
            for i in range(35):
                mask = np.zeros((16, 16), np.uint8)
                mask[: 2 * number + 1, i % 8 : i % 8 + 8] = 255
                cv2.imwrite(str(tmp_path / "masks" / f"{ratio_class}_{group}_{i:02d}.png"), mask)
    return tmp_path


def test_the_rule(script: ModuleType) -> None:
    assert script.mask_name(0, "0.1-0.2") == "0.1-0.2_inside_03.png"
    assert script.mask_name(1, "0.1-0.2") == "0.1-0.2_border_10.png"
    assert script.mask_name(6, "0.5-0.6") == "0.5-0.6_inside_10.png"  # 45 mod 35


def test_layout(script: ModuleType, sources: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = sources / "set"
    arguments = ["--images", str(sources / "images"), "--masks", str(sources / "masks"), "--out", str(out)]
    script.main(arguments)
    script.main(arguments)  # a second run does the same
    assert "12 damaged images" in capsys.readouterr().err
    expected = sorted(f"{c}/{name}.png" for c in script.CLASSES for name in "ab")
    for folder in ("gt", "masks", "damaged"):
        assert sorted(p.relative_to(out / folder).as_posix() for p in (out / folder).rglob("*.png")) == expected
    place = "0.2-0.3/b.png"
    truth = cv2.imread(str(sources / "images/b.bmp"))
    assert np.array_equal(cv2.imread(str(out / "gt" / place)), truth)
    mask = cv2.imread(str(out / "masks" / place), cv2.IMREAD_UNCHANGED)
    damaged = cv2.imread(str(out / "damaged" / place))
    assert set(np.unique(mask)) == {0, 255}
    assert (damaged[mask == 255] == 128).all()
    assert np.array_equal(damaged[mask == 0], truth[mask == 0])
    nearest = cv2.imread(str(sources / "masks/0.2-0.3_border_10.png"), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(mask, cv2.resize(nearest, (20, 20), interpolation=cv2.INTER_NEAREST_EXACT))
    evaluation = evaluate(EvalOptions(out / "damaged", out / "gt", out / "masks"))
    assert len(evaluation.rows) == 12
    assert evaluation.exit_code == 0


def test_missing_mask(script: ModuleType, sources: Path) -> None:
    (sources / "masks/0.4-0.5_inside_03.png").unlink()
    with pytest.raises(SystemExit, match=r"0\.4-0\.5_inside_03\.png"):
        script.prepare(sources / "images", sources / "masks", sources / "set")


def test_grey_and_16_bit_images_keep_their_depth(script: ModuleType, sources: Path) -> None:
    cv2.imwrite(str(sources / "images/c.png"), np.full((16, 16), 40000, np.uint16))
    script.prepare(sources / "images", sources / "masks", sources / "set")
    damaged = cv2.imread(str(sources / "set/damaged/0.2-0.3/c.png"), cv2.IMREAD_UNCHANGED)
    assert damaged.dtype == np.uint16
    assert set(np.unique(damaged)) == {32768, 40000}
