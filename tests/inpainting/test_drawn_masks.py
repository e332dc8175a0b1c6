"""Annotations in place of masks, and what looking for them costs where there are none."""

import sys
from pathlib import Path

import pytest

from pconv_cli.files.find import has_picture
from pconv_cli.inpainting.drawn_masks import annotations_drawn
from pconv_cli.inpainting.options import InpaintOptions
from pconv_cli.progress import Silent


@pytest.mark.parametrize("masks", ["m", "m/deep/a.png"])
def test_no_reader_of_annotations_is_imported_for_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, masks: str
) -> None:
    (tmp_path / "m/deep").mkdir(parents=True)
    (tmp_path / "m/deep/a.png").touch()
    (tmp_path / "m/edits.json").touch()
    monkeypatch.setitem(sys.modules, "pconv_cli.masks.annotations.formats", None)
    options = InpaintOptions(tmp_path, tmp_path / masks, tmp_path / "out", method="telea")
    with annotations_drawn(options, Silent()) as drawn:
        assert drawn is options


def test_the_first_image_is_found_at_any_depth_and_nothing_hidden_counts(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden/a.png").touch()
    (tmp_path / "a.json").touch()
    assert not has_picture(tmp_path)
    assert not has_picture(tmp_path / "nowhere")
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/a.TIF").touch()
    assert has_picture(tmp_path)
