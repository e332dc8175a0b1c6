"""The manifest: what a line says, and files that no run has written or nobody can write."""

import json
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any

import pytest

from pconv_cli.errors import OutputError, UsageError
from pconv_cli.jobs import manifest
from pconv_cli.jobs.manifest import MANIFEST, RunManifest, merge_manifest, read_manifest, settings_of
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.shards import Shard

from .manifests import Put, Run, lines, names, sha256


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


@pytest.mark.parametrize(("method", "more"), [("telea", []), ("patchmatch", ["fills"]), ("pconv", ["fills"])])
def test_a_recipe_has_the_keys_of_earlier_manifests_and_no_other(method: str, more: list[str]) -> None:
    """A further key, also an empty one, would make every output of earlier runs again by ``resume``."""
    options = InpaintOptions("in", "m", "out", method=method, annotations=Path("ann"), report="page.html")
    keys = ["cmyk_to_rgb", "dilate", "format", "method", "overlap", "polarity", "precision", "seed", "texture"]
    assert sorted(settings_of(options)) == sorted([*keys, "threshold", "tile", *more])


def test_one_file_by_name_has_no_manifest(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    one = {"images": tmp_path / "in" / "a.png", "out": tmp_path / "restored.png"}
    assert names(run(tmp_path, **one)) == ["a.png"]
    assert not list(tmp_path.glob("*.jsonl"))
    with pytest.raises(UsageError, match="`resume`: needs a folder"):
        run(tmp_path, **one, resume=True)


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
    others += [{**whole, name: value} for name in ("recipe", "extras") for value in (3, "a", None)]
    others += [{**whole, "recipe": [whole["recipe"]]}, {**whole, "extras": {}}]
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
        full.setattr(RunManifest, "add", _no_room)
        report = run(tmp_path, overwrite=True, dilate=3)
    assert report.failed == [("a.png", "manifest: no room")]
    assert (tmp_path / "out/a.png").read_bytes() == before  # as its line in the manifest says
    assert run(tmp_path, resume=True).skipped == ["a.png"]
    assert names(run(tmp_path, resume=True, dilate=3)) == ["a.png"]


def _no_room(self: RunManifest, record: dict[str, Any]) -> None:
    raise OutputError("manifest: no room")


def test_merging_reads_each_part_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(1, 9):
        RunManifest(tmp_path, Shard(index, 8)).add({"status": "done", "output": f"{index}.png"})
    read: list[Path] = []
    opened = manifest.open_regular

    def noted(path: Path) -> BufferedReader:
        read.append(path)
        return opened(path)

    monkeypatch.setattr(manifest, "open_regular", noted)
    merge_manifest(tmp_path, 8)
    assert len(read) == 9  # the parts, and the whole that is not there
    assert [line["output"] for line in lines(tmp_path)] == [f"{index}.png" for index in range(1, 9)]


@pytest.mark.parametrize("some", [1, 100, 1 << 16])
def test_parts_are_merged_some_lines_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, some: int) -> None:
    monkeypatch.setattr(manifest, "_SOME", some)
    turns = [1, 2, 2, 1, 2, 1, 1, 1, 2]
    parts = {index: RunManifest(tmp_path, Shard(index, 2)) for index in (1, 2)}
    for number, index in enumerate(turns):
        parts[index].add({"status": "done", "output": f"{number}.png"})
    torn = tmp_path / "manifest.2-of-2.jsonl"
    torn.write_bytes(torn.read_bytes() + b'{"status": "done", "outp')
    merge_manifest(tmp_path, 2)
    assert [line["output"] for line in lines(tmp_path)] == [f"{number}.png" for number in range(len(turns))]


def test_of_many_parts_one_file_is_open_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(1, 5):
        RunManifest(tmp_path, Shard(index, 4)).add({"status": "done", "output": f"{index}.png"})
    opened: list[BufferedReader] = []
    really_open = manifest.open_regular

    def noted(path: Path) -> BufferedReader:
        assert all(file.closed for file in opened)
        opened.append(really_open(path))
        return opened[-1]

    monkeypatch.setattr(manifest, "open_regular", noted)
    merge_manifest(tmp_path, 4)
    assert len(opened) == 4


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
