"""What a resumed run makes of the manifest."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pconv_cli import ModelSpec, PConvUNet, save_weights
from pconv_cli.errors import OutputError, UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs import manifest
from pconv_cli.jobs.manifest import MANIFEST, read_manifest
from pconv_cli.jobs.planning import plan
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method

from .manifests import Put, Run, lines, names, sha256


def test_resume_redoes_what_changed_and_nothing_else(tmp_path: Path, put: Put, run: Run, a_mask: Mask) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
    run(tmp_path)
    report = run(tmp_path, resume=True)
    assert (names(report), report.skipped, report.warnings) == ([], ["a.png", "b.png", "c.png"], [])
    put("b.png", channels=1)
    mask = a_mask.copy()
    mask[0, 0] = False
    write_mask(tmp_path / "m" / "c.png", mask)
    assert names(run(tmp_path)) == []  # by default, what exists is skipped
    assert names(run(tmp_path, resume=True)) == ["b.png", "c.png"]
    assert names(run(tmp_path, resume=True)) == []
    assert names(run(tmp_path, resume=True, dilate=2)) == ["a.png", "b.png", "c.png"]
    assert names(run(tmp_path, resume=True, dilate=2, method=Method.NS)) == ["a.png", "b.png", "c.png"]
    (tmp_path / "out" / "a.png").unlink()
    assert names(run(tmp_path, resume=True, dilate=2, method=Method.NS)) == ["a.png"]


def test_resume_redoes_with_other_weights_and_not_on_another_device_name(
    tmp_path: Path, put: Put, run: Run, tiny_weights: Path
) -> None:
    put("a.png")
    pconv = {"method": Method.PCONV, "weights": tiny_weights, "resume": True}
    assert names(run(tmp_path, **pconv)) == ["a.png"]
    copied = tmp_path / "elsewhere.safetensors"
    copied.write_bytes(tiny_weights.read_bytes())
    assert names(run(tmp_path, **{**pconv, "weights": copied}, device="cpu", tile=512, overlap=128)) == []
    torch.manual_seed(1)
    save_weights(copied, PConvUNet(ModelSpec(width=4, depth=3)))
    assert names(run(tmp_path, **{**pconv, "weights": copied})) == ["a.png"]


def test_resume_leaves_what_was_made_without_compilation(
    tmp_path: Path, put: Put, run: Run, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pconv_cli.core.networks.pconv.fused.compiled", lambda function: function)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "compiled"))
    put("a.png")
    pconv = {"method": Method.PCONV, "weights": tiny_weights, "resume": True}
    assert names(run(tmp_path, **pconv)) == ["a.png"]
    assert names(run(tmp_path, **pconv, compile=True)) == []
    assert names(run(tmp_path, **{**pconv, "resume": False, "overwrite": True}, compile=True)) == ["a.png"]


def test_resume_redoes_what_an_earlier_program_filled_otherwise(
    tmp_path: Path, put: Put, run: Run, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    network = {"method": Method.PCONV, "weights": tiny_weights, "texture": 0}
    for options in (network, {"texture": 0.4}, {"leave_wider": 3}):
        with monkeypatch.context() as former:
            former.setattr(manifest, "FILLS", manifest.FILLS - 1)
            run(tmp_path, overwrite=True, **options)
        assert names(run(tmp_path, resume=True, **options)) == ["a.png"]
        assert names(run(tmp_path, resume=True, **options)) == []
    kept = [{**line, "recipe": {**line.get("recipe", {})}} for line in lines(tmp_path / "out")]
    for line in kept:
        line["recipe"].pop("fills", None)  # as in manifests of before there was any
    (tmp_path / "out" / MANIFEST).write_text("".join(f"{json.dumps(line)}\n" for line in kept))
    assert names(run(tmp_path, resume=True, leave_wider=3)) == ["a.png"]
    run(tmp_path, overwrite=True)
    assert "fills" not in read_manifest(tmp_path / "out")["a.png"]["recipe"]  # `telea` alone fills as ever


def test_resume_redoes_fills_that_have_one_layout(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of number 11; since then several searches agree on one, and compiled loops round alike."""
    put("a.png")
    with monkeypatch.context() as former:
        former.setattr(manifest, "FILLS", 11)
        run(tmp_path, texture=0.4)
    assert names(run(tmp_path, resume=True, texture=0.4)) == ["a.png"]


def test_resume_after_a_run_that_was_killed(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    put("b.png")
    run(tmp_path)
    manifest = tmp_path / "out" / MANIFEST
    whole = manifest.read_bytes().splitlines(keepends=True)
    # Killed between the output and its line (and in the middle of that line): nobody knows which one stands there.
    for torn in (whole[:3], [*whole[:3], whole[3][:40]]):
        manifest.write_bytes(b"".join(torn))
        report = run(tmp_path, resume=True)
        assert (names(report), report.skipped) == (["b.png"], ["a.png"])
        assert read_manifest(tmp_path / "out")["b.png"]["status"] == "done"
    assert b"\n" + whole[3][:40] + b"\n{" in manifest.read_bytes()  # what was torn stays on a line of its own


def test_an_output_that_cannot_be_read_fails_alone(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> str:
        if path.name == "a.png":
            raise OSError(5, "Input/output error", str(path))
        return sha256(path)

    put("a.png")
    put("b.png")
    assert names(run(tmp_path)) == ["a.png", "b.png"]
    put("long a.png", mask=None)
    (tmp_path / "in" / "long a.png").replace(tmp_path / "in" / "a.png")  # another image than before
    monkeypatch.setattr(plan, "sha256_of", broken)
    report = run(tmp_path, resume=True)
    assert (names(report), report.skipped) == ([], ["b.png"])
    reason = f"{tmp_path / 'out' / 'a.png'}: cannot be used (input/output error); check path and permissions"
    assert report.failed == [("a.png", reason)]


def test_resume_keeps_what_it_has_not_made(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    put("b.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"precious")
    report = run(tmp_path, resume=True)
    assert (names(report), report.skipped) == (["b.png"], ["a.png"])
    assert "is in no manifest" in report.warnings[0]
    (tmp_path / "out" / "b.png").write_bytes(b"retouched by hand")
    put("b.png", channels=1)
    report = run(tmp_path, resume=True)
    assert (names(report), report.skipped) == ([], ["a.png", "b.png"])
    assert "was changed since it was written" in report.warnings[1]
    assert names(run(tmp_path, overwrite=True)) == ["a.png", "b.png"]
    with pytest.raises(UsageError, match="no meaning with `overwrite`"):
        run(tmp_path, resume=True, overwrite=True)


def test_a_failure_in_between_does_not_hide_what_stands_there(tmp_path: Path, put: Put, run: Run, a_mask: Mask) -> None:
    put("a.png")
    run(tmp_path)
    write_mask(tmp_path / "m" / "a.png", np.zeros_like(a_mask))  # all hole
    assert run(tmp_path, resume=True).exit_code == 3
    write_mask(tmp_path / "m" / "a.png", a_mask)
    assert run(tmp_path, resume=True).skipped == ["a.png"]


def test_an_edited_output_stays_after_a_write_that_failed(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("b.png")
    run(tmp_path)
    (tmp_path / "out/b.png").unlink()
    with monkeypatch.context() as full:
        full.setattr("pconv_cli.jobs.images.whole.WholeImage.write", _disk_full)
        assert len(run(tmp_path, overwrite=True, dilate=2).failed) == 2
    assert [line["status"] for line in lines(tmp_path / "out") if line["output"] == "a.png"] == [
        *("writing", "done", "writing", "failed"),
    ]
    with (tmp_path / "out/a.png").open("ab") as output:
        output.write(b"retouched")
    before = (tmp_path / "out/a.png").read_bytes()
    report = run(tmp_path, resume=True)
    assert (names(report), report.skipped, report.warnings) == (["b.png"], ["a.png"], [])
    report = run(tmp_path, resume=True, dilate=2)
    assert (names(report), report.skipped) == (["b.png"], ["a.png"])
    assert "a.png: was changed since it was written" in report.warnings[0]
    assert (tmp_path / "out/a.png").read_bytes() == before


def _disk_full(*_: object) -> None:
    raise OutputError("no space left on device")


def test_a_failure_before_writing_does_not_hide_a_run_that_was_killed(
    tmp_path: Path, put: Put, run: Run, a_mask: Mask
) -> None:
    put("a.png")
    run(tmp_path)
    run(tmp_path, overwrite=True, dilate=2)
    _forget_last_line(tmp_path / "out")
    write_mask(tmp_path / "m/a.png", np.zeros_like(a_mask))  # all hole
    assert run(tmp_path, overwrite=True).exit_code == 3
    write_mask(tmp_path / "m/a.png", a_mask)
    assert names(run(tmp_path, resume=True)) == ["a.png"]


def test_a_run_killed_before_its_output_was_there_leaves_the_old_one_done(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    run(tmp_path)
    old = (tmp_path / "out/a.png").read_bytes()
    for _ in range(2):
        run(tmp_path, overwrite=True, dilate=2)
        _forget_last_line(tmp_path / "out")
    (tmp_path / "out/a.png").write_bytes(old)
    assert run(tmp_path, resume=True).skipped == ["a.png"]
    assert names(run(tmp_path, resume=True, dilate=2)) == ["a.png"]


def _forget_last_line(out: Path) -> None:
    manifest = out / MANIFEST
    manifest.write_bytes(b"".join(manifest.read_bytes().splitlines(keepends=True)[:-1]))


def test_options_that_do_not_matter_to_an_image_do_not_make_it_again(
    tmp_path: Path, put: Put, run: Run, a_mask: Mask
) -> None:
    put("a.png")
    (tmp_path / "in" / "b.jpg").parent.mkdir(exist_ok=True)
    Image.new("CMYK", a_mask.shape[::-1], (9, 80, 30, 0)).save(tmp_path / "in" / "b.jpg")
    write_mask(tmp_path / "m" / "b.png", a_mask)
    assert names(run(tmp_path)) == ["a.png"]
    report = run(tmp_path, cmyk_to_rgb=True)
    assert (names(report), report.outdated) == (["b.jpg"], 0)
    assert run(tmp_path).outdated == 1  # the CMYK image
    assert names(run(tmp_path, resume=True, cmyk_to_rgb=True, rgb="3,2,1")) == []
    report = run(tmp_path, resume=True)
    assert (names(report), [name for name, _ in report.failed]) == ([], ["b.jpg"])
