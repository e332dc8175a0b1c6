"""The manifest, and what a resumed run makes of it."""

import hashlib
import json
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pconv_cli.core import ModelSpec, PConvUNet, save_weights
from pconv_cli.errors import OutputError, UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs import manifest, plan
from pconv_cli.jobs.manifest import MANIFEST, Manifest, merge_manifest, read_manifest
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.jobs.shards import Shard
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method

Run = Callable[..., InpaintReport]
Put = Callable[..., Any]


def lines(out: Path, name: str = MANIFEST) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / name).read_text("utf-8").splitlines()]


def names(report: InpaintReport) -> list[str]:
    return [one.name for one in report.done]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_line_says_what_was_made_of_what(tmp_path: Path, put: Put, run: Run) -> None:
    put("b/敦煌.png")
    put("no-mask.png", mask=None)
    report = run(tmp_path, dilate=1)
    failed, writing, done = lines(tmp_path / "out")
    assert (failed["status"], failed["input"]) == ("failed", "no-mask.png")
    assert "no mask" in failed["reason"]
    assert (writing["status"], done["status"]) == ("writing", "done")
    assert done["input"] == done["output"] == "b/敦煌.png"
    assert done["mask"] == str(tmp_path / "m" / "b" / "敦煌.png")
    assert done["input_sha256"] == sha256(tmp_path / "in" / "b" / "敦煌.png")
    assert done["mask_sha256"] == sha256(tmp_path / "m" / "b" / "敦煌.png")
    assert done["output_sha256"] == sha256(tmp_path / "out" / "b" / "敦煌.png")
    assert done["hole_ratio"] == report.done[0].hole_ratio
    assert 0 < done["seconds"] <= report.done[0].seconds
    recipe = {"method": "telea", "polarity": "white", "threshold": 128, "dilate": 1, "format": None}
    assert recipe.items() <= done["recipe"].items()


def test_one_file_by_name_has_no_manifest(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    one = {"images": tmp_path / "in" / "a.png", "out": tmp_path / "restored.png"}
    assert names(run(tmp_path, **one)) == ["a.png"]
    assert not list(tmp_path.glob("*.jsonl"))
    with pytest.raises(UsageError, match="`resume`: needs a folder"):
        run(tmp_path, **one, resume=True)


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
    assert "has been changed since it was written" in report.warnings[1]
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
    assert "a.png: has been changed since it was written" in report.warnings[0]
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


@pytest.mark.parametrize("text", ['{"options": {}}\n{"file": "a.png"}\n', "words\n"])
def test_a_foreign_manifest_is_not_touched(tmp_path: Path, put: Put, run: Run, text: str) -> None:
    put("a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST).write_text(text)
    with pytest.raises(UsageError, match="not a manifest of restored images"):
        run(tmp_path)
    assert (tmp_path / "out" / MANIFEST).read_text() == text


def test_lines_of_any_other_kind_are_passed_over(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    run(tmp_path)
    before = read_manifest(tmp_path / "out")
    whole = lines(tmp_path / "out")[-1]
    others: list[Any] = [7, [whole], None, "a", {"status": "done"}]
    others += [{**whole, name: value} for name in ("output", "time", "status", "input") for value in (3, ["a"], None)]
    with (tmp_path / "out" / MANIFEST).open("a") as file:
        file.writelines(f"{json.dumps(other)}\n" for other in others)
        file.write("[" * 90_000 + "]" * 90_000 + "\n" + "9" * 5000 + "\n")
    assert read_manifest(tmp_path / "out") == before
    assert run(tmp_path, resume=True).skipped == ["a.png"]


def test_a_manifest_that_cannot_be_written_costs_no_image(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("b.png")
    opened: Any = manifest.open_regular

    def full(path: Path, mode: str = "rb") -> Any:
        if mode == "ab":
            raise OSError(28, "No space left on device")
        return opened(path, mode)

    monkeypatch.setattr(manifest, "open_regular", full)
    report = run(tmp_path)
    assert (names(report), report.exit_code) == (["a.png", "b.png"], 0)
    assert "manifest.jsonl: cannot be written (no space left on device)" in report.warnings[0]


def test_no_output_is_replaced_without_a_line_that_says_so(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    run(tmp_path)
    before = (tmp_path / "out/a.png").read_bytes()
    with monkeypatch.context() as full:
        full.setattr(Manifest, "add", _no_room)
        report = run(tmp_path, overwrite=True, dilate=3)
    assert report.failed == [("a.png", "manifest: no room")]
    assert (tmp_path / "out/a.png").read_bytes() == before  # as its line in the manifest says
    assert run(tmp_path, resume=True).skipped == ["a.png"]
    assert names(run(tmp_path, resume=True, dilate=3)) == ["a.png"]


def _no_room(self: Manifest, record: dict[str, Any]) -> None:
    raise OutputError("manifest: no room")


def test_merging_reads_each_part_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(1, 9):
        Manifest(tmp_path, Shard(index, 8)).add({"status": "done", "output": f"{index}.png"})
    read: list[Path] = []
    opened = manifest.open_regular

    def noted(path: Path) -> BufferedReader:
        read.append(path)
        return opened(path)

    monkeypatch.setattr(manifest, "open_regular", noted)
    merge_manifest(tmp_path, 8)
    assert len(read) == 9  # the parts, and the whole that is not there
    assert [line["output"] for line in lines(tmp_path)] == [f"{index}.png" for index in range(1, 9)]


def test_parts_are_read_and_merged_as_one(tmp_path: Path, put: Put, run: Run, files_below: Callable[..., Any]) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
    done = [names(run(tmp_path, shard=Shard(index, 2))) for index in (1, 2)]
    assert done == [["a.png", "c.png"], ["b.png"]]
    parts = ["manifest.1-of-2.jsonl", "manifest.2-of-2.jsonl"]
    assert files_below(tmp_path / "out") == ["a.png", "b.png", "c.png", *parts]
    assert sorted(read_manifest(tmp_path / "out")) == ["a.png", "b.png", "c.png"]
    assert run(tmp_path, resume=True).skipped == ["a.png", "b.png", "c.png"]
    merge_manifest(tmp_path / "out", 2)
    assert files_below(tmp_path / "out") == ["a.png", "b.png", "c.png"]
    assert [line["output"] for line in lines(tmp_path / "out")] == [
        "a.png",
        "a.png",
        "c.png",
        "c.png",
        "b.png",
        "b.png",
    ]
    assert run(tmp_path, resume=True).skipped == ["a.png", "b.png", "c.png"]
