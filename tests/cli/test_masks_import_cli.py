"""``pconv masks import``, and annotations given as masks, as they are typed."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.files.masks.codec import read_mask


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("in").mkdir()
    Image.fromarray(np.full((20, 30, 3), 120, np.uint8)).save("in/a.png")
    Path("ann").mkdir()
    shapes = [
        {"label": label, "shape_type": "rectangle", "points": [[at, at], [at + 1, at + 1]]}
        for label, at in (("crack", 2), ("loss", 10), ("loss", 14))
    ]
    content = {"imagePath": "a.png", "imageHeight": 20, "imageWidth": 30, "shapes": shapes}
    Path("ann/a.json").write_text(json.dumps(content))


def pconv(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_import_draws_the_classes_that_are_named() -> None:
    result = pconv("masks", "import", "ann", "--like", "in", "--out", "m", "--labels", "loss")
    assert result.exit_code == 0, result.output
    assert result.stderr == "1 mask written to m\n"
    assert (~read_mask(Path("m/a.png"))).sum() == 8
    again = pconv("masks", "import", "ann", "--like", "in", "--out", "m", "--json")
    assert json.loads(again.stdout)["imported"][0]["kept"] is True
    assert again.stderr == "no mask written; 1 mask there already and kept (--overwrite replaces them)\n"


def test_shapes_that_mark_what_is_sound_are_named() -> None:
    content = json.loads(Path("ann/a.json").read_text())
    content["shapes"].append({"label": "sound", "shape_type": "rectangle", "points": [[0, 0], [29, 18]]})
    Path("ann/a.json").write_text(json.dumps(content))
    result = pconv("masks", "import", "ann", "--like", "in", "--out", "m", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["mostly_hole"] == ["a.png"]
    assert " ".join(result.stderr.split()) == (
        "warning: a.png: more than 70 % hole; if the shapes mark what is sound, swap hole and valid by pconv masks "
        "invert 1 mask written to m"
    )


def test_the_image_is_never_replaced_by_its_mask() -> None:
    before = Path("in/a.png").read_bytes()
    result = pconv("masks", "import", "ann/a.json", "--like", "in/a.png", "--out", "in", "--overwrite")
    assert result.exit_code == 2
    assert "would replace the input in/a.png" in " ".join(result.stderr.split())
    assert Path("in/a.png").read_bytes() == before


def test_list_labels_needs_no_images() -> None:
    result = pconv("masks", "import", "ann/a.json", "--list-labels", "--json")
    assert json.loads(result.stdout)["labels"] == {"crack": 1, "loss": 2}
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("ann",), 2, "name the annotated images by --like"),
        (("ann", "--like", "in", "--out", "in/m"), 2, "lies inside the folder of the images"),
        (("ann", "--like", "in", "--out", "m", "--labels", "dust"), 2, "there are crack, loss"),
        (("ann", "--like", "in", "--out", "m", "--labels", ","), 2, "--labels ,: names no class"),
        (("ann", "--like", "in", "--out", "m", "--map", "0,0"), 2, "--map '0,0': write two or more control points"),
        (("in", "--like", "in", "--out", "m"), 4, "no annotation file found"),
        (("ann", "--list-labels", "--out", "m"), 2, "--out: has no meaning with --list-labels, which draws nothing"),
        (("ann", "--list-labels", "--like", "in"), 2, "--like: has no meaning with --list-labels"),
        (("ann", "--list-labels", "--labels", "crack"), 2, "--labels: has no meaning with --list-labels"),
        (("ann", "--list-labels", "--overwrite"), 2, "--overwrite: has no meaning with --list-labels"),
        (("in/a.png", "--like", "in", "--out", "m"), 3, "is of no annotation format that is read"),
    ],
)
def test_what_can_be_wrong(words: tuple[str, ...], code: int, message: str) -> None:
    result = pconv("masks", "import", *words)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize("masks", ["ann", "ann/a.json"])
def test_inpaint_takes_annotations_as_masks(masks: str) -> None:
    image = np.full((20, 30, 3), 120, np.uint8)
    image[10:12, 10:12] = 0
    Image.fromarray(image).save("in/a.png")
    result = pconv("inpaint", "in", "--masks", masks, "--out", "out", "--method", "telea")
    assert result.exit_code == 0, result.output
    restored = np.asarray(Image.open("out/a.png"))
    assert abs(restored.astype(int) - 120).max() <= 1
    resumed = pconv("inpaint", "in", "--masks", masks, "--out", "out", "--method", "telea", "--resume")
    assert "1 skipped (unchanged)" in resumed.stderr


def test_inpaint_says_what_is_wrong_with_an_annotation() -> None:
    Path("ann/a.json").write_text("{")
    result = pconv("inpaint", "in", "--masks", "ann", "--out", "out", "--method", "telea")
    assert result.exit_code == 3
    assert "a.json: is broken JSON" in " ".join(result.stderr.split())


def test_the_table_of_classes_marks_what_was_drawn_and_ignores_capitals() -> None:
    content = json.loads(Path("ann/a.json").read_text())
    content["shapes"].append({"label": "Loss", "shape_type": "rectangle", "points": [[1, 1], [2, 2]]})
    Path("ann/a.json").write_text(json.dumps(content))
    result = pconv("masks", "import", "ann", "--like", "in", "--out", "m", "--labels", "LOSS")
    rows = [line.replace("│", " ").split() for line in result.stdout.splitlines() if "│" in line]
    assert rows == [["loss", "3", "yes"], ["crack", "1", "no"]]
    listed = pconv("masks", "import", "ann", "--list-labels")
    assert "drawn" not in listed.stdout
