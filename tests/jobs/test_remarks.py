"""Remarks of a method on what it has just filled go to that image, also where maps of confidence run it again."""

import threading
from pathlib import Path

import numpy as np
import pytest

from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.planning.choices import Choices
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods import backends
from pconv_cli.methods.names import Method
from pconv_cli.methods.tiled.windows import Rgb


class Remarking:
    """One method for the fill and both witnesses, which remarks on the width of all that it has filled since."""

    name = "remarking"

    def __init__(self) -> None:
        self.filled: list[int] = []
        self.turn: threading.Lock | None = None
        self.in_turn: list[bool] = []

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        self.filled.append(int(mask.shape[1]))
        return np.where(mask[:, :, None], rgb, np.float32(0.5))

    def remark(self) -> str:
        if self.turn is not None:
            self.in_turn.append(self.turn.locked())
        said, self.filled = ", ".join(map(str, sorted(set(self.filled)))), []
        return f"widths {said}" if said else ""


def test_each_image_has_the_remarks_on_its_own_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Remarking()
    monkeypatch.setattr(backends, "BACKENDS", {method: lambda _: backend for method in Method})
    judge_of = Choices.judge

    def noting_the_turn(choices: Choices, name: str, turn: threading.Lock) -> object:
        backend.turn = turn
        return judge_of(choices, name, turn)

    monkeypatch.setattr(Choices, "judge", noting_the_turn)
    widths = {f"{width}.png": width for width in (40, 44, 48)}
    (tmp_path / "in").mkdir()
    for name, width in widths.items():
        known = np.ones((32, width), np.bool_)
        known[8:24, 8:24] = False
        write_image(tmp_path / "in" / name, StoredImage(np.full((32, width, 3), 90, np.uint8)))
        write_mask(tmp_path / "m" / name, known)
    report = inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea", confidence=True)
    assert {one.name: one.note for one in report.done} == {name: f"widths {width}" for name, width in widths.items()}
    assert all(backend.in_turn)
    assert backend.filled == []  # what was said of the last map is no remark on the next image
