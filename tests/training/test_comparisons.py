"""benchmarks/curves.py and benchmarks/ablation.py: what they compare, and that their runs are what they say."""

import importlib.util
import json
from argparse import Namespace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def script(name):
    spec = importlib.util.spec_from_file_location(f"pconv_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_curves_are_compared_at_equal_steps_and_at_equal_minutes(tmp_path):
    curves = script("curves")
    for name, seconds in (("fast", 6), ("slow", 18)):
        (tmp_path / name).mkdir()
        lines = []
        for step in (10, 20, 30) if name == "fast" else (10, 20):
            psnr = 20 + step / 10 + (5 if name == "slow" else 0)
            lines.append({"step": step, "loss": 1, "seconds": step / 10 * seconds})
            lines.append({"step": step, "validation_psnr": psnr, "validation_ssim": step / 100})
        (tmp_path / name / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = {name: curves.points_of(tmp_path / name) for name in ("fast", "slow")}
    assert found["fast"][-1] == (30, pytest.approx(0.3), 23, 0.3)
    table = curves.table(found)
    assert "| equal steps | fast | 20 | 0.20 | 22.00 | 0.2000 |" in table
    assert "| equal steps | slow | 20 | 0.60 | 27.00 | 0.2000 |" in table
    assert "| equal minutes | fast | 30 | 0.30 | 23.00 | 0.3000 |" in table
    assert "| equal minutes | slow | 10 | 0.30 | 26.00 | 0.1000 |" in table
    curves.draw(found, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_a_curve_is_trained_for_its_minutes_and_not_twice(pictures, tmp_path, capsys):
    curves = script("curves")
    line = [str(pictures), "--out", str(tmp_path / "c"), "--minutes", "0", "--width", "4", "--depth", "2"]
    line += ["--crop", "16", "--batch", "2", "--validate-every", "10", "--device", "cpu", "--mask-type", "rectangles"]
    curves.main(line)
    first = capsys.readouterr()
    assert first.out.count("| 10 |") == 4  # both, at equal steps and at equal minutes
    curves.main(line)
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.out, "")


def test_the_rows_of_the_ablation_differ_in_ssim_alone(tmp_path):
    ablation = script("ablation")
    given = dict.fromkeys(("steps", "finetune_steps", "width", "depth", "base", "init", "learning_rate", "vgg"))
    options = Namespace(data=tmp_path, crop=64, batch=None, seed=3, device="cpu", no_perceptual=True, **given)
    one, other = (ablation.train_options(options, weight, tmp_path / "run") for weight in (0.0, 5.0))
    different = {name for name, value in one.to_json().items() if value != other.to_json()[name]}
    assert different == {"ssim_weight"}
    assert (one.crop, one.batch, one.learning_rate, one.seed) == (64, 8, 5e-4, 3)
