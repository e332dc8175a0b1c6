"""A folder of masks drawn again: what is kept, gone on with, and left alone."""

from pathlib import Path

import numpy as np
import pytest

from pconv_cli.errors import Interrupted, UsageError
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.masks.generate.batch import generate_masks

from .batches import lines, options


def test_what_exists_is_kept_and_the_rest_goes_on_as_if_never_stopped(tmp_path: Path, contents) -> None:
    generate_masks(options(tmp_path / "whole"))
    out = tmp_path / "part"
    generate_masks(options(out, count=3))
    report = generate_masks(options(out))
    assert (report.drawn, report.kept, report.exit_code) == (4, 3, 0)
    assert contents(out) == contents(tmp_path / "whole")


def test_run_cut_short_before_its_manifest_was_whole(tmp_path: Path, contents) -> None:
    generate_masks(options(tmp_path / "whole"))
    out = tmp_path / "cut"
    generate_masks(options(out))
    manifest = out / "manifest.jsonl"
    manifest.write_text(manifest.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    (out / "rectangles_00005.png").unlink()
    generate_masks(options(out))
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.parametrize("missing", [1, 7])
def test_a_run_again_lists_every_mask_it_keeps(tmp_path: Path, contents, missing: int) -> None:
    """A run may be cut short when all masks are drawn, and its manifest is not yet whole."""
    generate_masks(options(tmp_path))
    whole = contents(tmp_path)
    manifest = tmp_path / "manifest.jsonl"
    kept = manifest.read_text("utf-8").splitlines(keepends=True)[:-missing]
    manifest.write_text("".join(kept), "utf-8")
    report = generate_masks(options(tmp_path))
    assert (report.drawn, report.kept) == (0, 7)
    assert contents(tmp_path) == whole


def test_interrupted_run_leaves_masks_and_a_manifest_of_them(tmp_path: Path, heard) -> None:
    def stop(name: str, note: str = "") -> None:
        if name == "rectangles_00002.png":
            raise KeyboardInterrupt

    heard.advance = stop
    with pytest.raises(Interrupted, match=r"3 of 7 masks drawn and whole in .*; the same command without `overwrite`"):
        generate_masks(options(tmp_path), heard)
    assert [record["file"] for record in lines(tmp_path)[1:]] == [f"rectangles_0000{index}.png" for index in range(3)]


def test_masks_of_other_options_are_not_mixed_in(tmp_path: Path, contents) -> None:
    generate_masks(options(tmp_path, seed=1))
    before = contents(tmp_path)
    with pytest.raises(UsageError, match=r"drawn with other options \(seed 1\); choose another `out`, or `overwrite`"):
        generate_masks(options(tmp_path, seed=2))
    assert contents(tmp_path) == before
    report = generate_masks(options(tmp_path, seed=2, overwrite=True))
    assert report.drawn == 7
    assert lines(tmp_path)[0]["options"]["seed"] == 2
    assert contents(tmp_path)["rectangles_00000.png"] != before["rectangles_00000.png"]


@pytest.mark.parametrize("killed", [False, True])
def test_an_interrupted_overwrite_goes_on_with_the_masks_it_has_not_come_to(
    tmp_path: Path, contents, heard, killed: bool
) -> None:
    """They have the names and the size of this run's, and say nothing of the options that drew them."""
    generate_masks(options(tmp_path / "whole", seed=2))
    out = tmp_path / "out"
    generate_masks(options(out, seed=1))
    manifests = []

    def stop(name: str, note: str = "") -> None:
        manifests.append((out / "manifest.jsonl").read_bytes())
        if name == "rectangles_00002.png":
            raise KeyboardInterrupt

    heard.advance = stop
    with pytest.raises(Interrupted):
        generate_masks(options(out, seed=2, overwrite=True), heard)
    if killed:  # as it stood while masks were drawn
        (out / "manifest.jsonl").write_bytes(manifests[-1])
    else:
        assert lines(out)[0]["stale"] == [f"rectangles_0000{index}.png" for index in range(3, 7)]
    report = generate_masks(options(out, seed=2))
    assert (report.drawn, report.kept) == ((7, 0) if killed else (4, 3))
    assert contents(out) == contents(tmp_path / "whole")


def test_masks_beyond_the_number_of_an_overwrite_stay_strangers(tmp_path: Path, contents) -> None:
    generate_masks(options(tmp_path / "whole", seed=2))
    generate_masks(options(tmp_path / "out", seed=1))
    generate_masks(options(tmp_path / "out", seed=2, count=2, overwrite=True))
    assert len(lines(tmp_path / "out")) == 3
    assert generate_masks(options(tmp_path / "out", seed=2)).drawn == 5
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_somebody_elses_files_are_kept_and_not_listed(tmp_path: Path) -> None:
    write_mask(tmp_path / "rectangles_00001.png", np.ones((3, 3), np.bool_))
    report = generate_masks(options(tmp_path))
    assert (report.drawn, report.kept) == (6, 1)
    assert read_mask(tmp_path / "rectangles_00001.png").shape == (3, 3)
    assert "rectangles_00001.png" not in {record["file"] for record in lines(tmp_path)[1:]}
    generate_masks(options(tmp_path))  # the manifest is ours now, that file is not
    assert "rectangles_00001.png" not in {record["file"] for record in lines(tmp_path)[1:]}


@pytest.mark.parametrize("text", ["", "no json\n", '{"a": 1}\n', '[]\n{"file": "x"}\n'])
def test_foreign_manifest_is_not_touched(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="not a manifest of masks; choose another `out`"):
        generate_masks(options(tmp_path))
    assert (tmp_path / "manifest.jsonl").read_text("utf-8") == text
