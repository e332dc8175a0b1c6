"""benchmarks/curves.py and benchmarks/ablation.py: what they compare, and that their runs are what they say."""

import importlib.util
import json
from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pconv_cli.core.networks.registry import architectures
from pconv_cli.errors import UsageError

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
            figures = {"psnr": psnr, "ssim": step / 100, "loss_perceptual": 1 / step, "loss_style": step / 1e5}
            lines.append({"step": step} | {f"validation_{key}": value for key, value in figures.items()})
        (tmp_path / name / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"step": 4')
    found = {name: curves.points_of(tmp_path / name) for name in ("fast", "slow")}
    last = found["fast"][-1]
    assert (last.step, last.minutes, last.figures["psnr"]) == (30, pytest.approx(0.3), 23)
    table = curves.table(found)
    assert "steps | minutes | PSNR, dB | SSIM | L_perc | L_style |" in table
    assert "| equal steps | fast | 20 | 0.20 | 22.00 | 0.2000 | 0.0500 | 0.00020 |" in table
    assert "| equal steps | slow | 20 | 0.60 | 27.00 | 0.2000 | 0.0500 | 0.00020 |" in table
    assert "| equal minutes | fast | 30 | 0.30 | 23.00 | 0.3000 | 0.0333 | 0.00030 |" in table
    assert "| equal minutes | slow | 10 | 0.30 | 26.00 | 0.1000 | 0.1000 | 0.00010 |" in table
    curves.draw(found, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_a_curve_is_trained_for_its_minutes_and_not_twice(images, tmp_path, capsys):
    curves = script("curves")
    line = [str(images), "--out", str(tmp_path / "c"), "--minutes", "0", "--width", "4", "--depth", "2"]
    line += ["--crop", "16", "--batch", "2", "--validate-every", "10", "--device", "cpu", "--mask-type", "rectangles"]
    curves.main(line)
    first = capsys.readouterr()
    assert first.out.count("| 10 |") == 4  # both, at equal steps and at equal minutes
    curves.main(line)
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.out, "")
    assert "L_style" not in first.out  # not a figure of runs without VGG16
    with pytest.raises(UsageError, match=r"`batch` \(was 2\)"):
        curves.main([*line, "--batch", "3"])
    with pytest.raises(SystemExit, match="ran for other minutes"):
        curves.main([*line, "--minutes", "1"])
    (tmp_path / "c" / "base-pyramid" / "finished").unlink()
    with pytest.raises(SystemExit, match="base-pyramid: was stopped"):
        curves.main(line)


def test_the_rows_of_the_ablation_differ_in_ssim_alone(tmp_path):
    ablation = script("ablation")
    given = dict.fromkeys(("steps", "finetune_steps", "width", "depth", "base", "init", "learning_rate", "vgg"))
    options = Namespace(data=tmp_path, crop=64, batch=None, seed=3, device="cpu", no_perceptual=True, **given)
    one, other = (ablation.train_options(options, weight, tmp_path / "run") for weight in (0.0, 5.0))
    different = {name for name, value in one.to_json().items() if value != other.to_json()[name]}
    assert different == {"ssim_weight"}
    assert (one.crop, one.batch, one.learning_rate, one.seed) == (64, 8, 5e-4, 3)


def test_the_ablation_prints_its_three_rows_and_trains_nothing_twice(images, tmp_path, capsys):
    """The errors are those of the images written; each row has its own."""
    ablation = script("ablation")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)
    hole = np.zeros((48, 48), np.uint8)
    hole[8:40, 8:40] = 255
    for name, image in (("gt", truth), ("masks", hole), ("damaged", np.where(hole[..., None], 128, truth))):
        (tmp_path / "set" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "set" / name / "a.png"), image)
    line = [str(images), "--test", str(tmp_path / "set"), "--out", str(tmp_path / "out"), "--no-perceptual"]
    tiny = {"steps": 2, "finetune-steps": 1, "width": 4, "depth": 3, "crop": 32, "batch": 2, "device": "cpu"}
    line += [word for name, value in tiny.items() for word in (f"--{name}", str(value))]
    ablation.main(line)
    table = capsys.readouterr().out
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    assert [row[0] for row in rows[2:]] == ["PConv", "PConv + SSIM", "PConv + SSIM + post-processing"]
    assert len({tuple(row[1:]) for row in rows[2:]}) == 3
    for (_, unit, bytes_, similarity), folder in zip(rows[2:], ("pconv", "pconv-ssim", "post-processed"), strict=True):
        restored = cv2.imread(str(tmp_path / "out" / "results" / folder / "a.png"))
        error = ((restored.astype(float) - truth) ** 2).mean()
        assert float(bytes_) == pytest.approx(error, abs=0.06)
        assert float(unit) == pytest.approx(error / 255**2, abs=1e-6)
        assert -1 < float(similarity) < 1
    ablation.main(line)
    assert capsys.readouterr() == (table, "")
    with pytest.raises(UsageError, match=r"`batch` \(was 2\)"):
        ablation.main([*line, "--batch", "3"])


LINE = ("context-encoder", "global-local", "contextual-attention", "pconv", "gated", "edge-connect", "repaint")


def test_systems_are_all_there_and_learn_from_as_many_crops(tmp_path):
    line = script("line_of_systems")
    assert {name for name, method in line.SYSTEMS.items() if method is None} == {one.name for one in architectures()}
    given = {
        "data": tmp_path,
        "out": tmp_path,
        "crops": 800,
        "batch": 8,
        "crop": 64,
        "width": 8,
        "seed": 3,
        "vgg": None,
        "ema": 0.9,
        "sampling_steps": 10,
    }
    for name in LINE:
        options = line.train_options(name, Namespace(**given, device="cpu", mask_type="occlusion"))
        assert (options.network, options.steps * options.batch, options.width, options.crop) == (name, 800, 8, 64)
        assert dict(options.network_options).get("size", "64") == "64"
        assert dict(options.network_options).get("steps") == ("10" if name == "repaint" else None)
        assert options.out == tmp_path / name
        assert options.perceptual_weight == options.style_weight == 0
    given["vgg"] = tmp_path / "vgg.pth"
    used = {name for name in LINE if line.train_options(name, Namespace(**given, device="cpu", mask_type="all")).vgg}
    assert used == {"pconv", "edge-connect"}


def test_the_line_trains_scores_and_does_nothing_twice(images, tmp_path, capsys):
    line = script("line_of_systems")
    rng = np.random.default_rng(0)
    hole = np.zeros((48, 48), np.uint8)
    hole[8:40, 8:40] = 255
    truth = rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)
    for name, image in (("gt", truth), ("masks", hole), ("damaged", np.where(hole[..., None], 128, truth))):
        (tmp_path / "set" / name / "0.4-0.5").mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "set" / name / "0.4-0.5" / "a.png"), image)
    words = [str(images), "--test", str(tmp_path / "set"), "--out", str(tmp_path / "out"), "--device", "cpu"]
    words += ["--crops", "4", "--batch", "2", "--crop", "32", "--width", "2", "--systems"]
    line.main([*words, "telea"])
    line.main([*words, "pconv,telea"])
    table = capsys.readouterr().out.splitlines()[3:]
    assert [row.split("|")[1].strip() for row in table] == ["system", "---", "telea", "pconv"]
    assert table[0].count("|") == 8  # no figures of VGG16
    restored = cv2.imread(str(tmp_path / "out" / "pconv" / "results" / "0.4-0.5" / "a.png"))
    error = ((restored.astype(float) - truth)[hole > 0] ** 2).mean()
    assert f"{10 * np.log10(255**2 / error):.2f}" in table[3].replace("*", "")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    line.main([*words, "pconv,telea"])
    assert capsys.readouterr().out.splitlines() == table
    assert {path: path.stat().st_mtime_ns for path in before} == before
    with pytest.raises(UsageError, match=r"`batch` \(was 2\)"):
        line.main([*words, "pconv", "--batch", "4"])
    with pytest.raises(SystemExit):
        line.main([*words, "nonesuch"])
    assert "no system has this name; take some of telea" in capsys.readouterr().err
