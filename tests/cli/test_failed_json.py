"""What failed, in the JSON of every command: one form, whatever the command."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage

# A triangle, as labelme writes it.
OUTLINE = {"shapes": [{"label": "loss", "shape_type": "polygon", "points": [[2, 2], [9, 2], [9, 9]]}]}

COMMANDS = {
    "inpaint": "inpaint in --masks m --out out --method telea --json",
    "dry run": "inpaint in --masks m --out out --method telea --dry-run --json",
    "variants": "inpaint in --masks m --out out --method patchmatch --variants 2 --json",
    "dry run of variants": "inpaint in --masks m --out out --method patchmatch --variants 2 --dry-run --json",
    "report": "report in --masks m --out out --json",
    "eval": "eval in --gt gt --masks m --l1 --json -",
    "count": "eval --count answers.txt --key key.json --json -",
    "stats": "masks stats m --json",
    "check": "masks check in --masks m --json",
    "detect": "masks detect in --out out --color 00ff00 --json",
    "import": "masks import notes --like in --out out --json",
}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """in/, gt/, m/, notes/ and a key in the current folder; of every kind a good file, and one that is none."""
    monkeypatch.chdir(tmp_path)
    samples = np.random.default_rng(0).integers(0, 200, (20, 20, 3), np.uint8)
    mask = np.ones((20, 20), bool)
    mask[5:9, 5:9] = False
    for folder, added in (("in", 0), ("gt", 9)):
        write_image(Path(folder, "good.png"), StoredImage(samples + np.uint8(added)))
        Path(folder, "bad.png").write_text("no image")
    write_mask(Path("m/good.png"), mask)
    Path("m/bad.png").write_text("no mask")
    Path("notes").mkdir()
    for name in ("good", "bad"):
        said = {"imagePath": f"{name}.png", "imageHeight": 20, "imageWidth": 20, **OUTLINE}
        Path(f"notes/{name}.json").write_text(json.dumps(said))
    made = CliRunner().invoke(app, ["eval", "--votes", "in", "gt", "--out", "s", "--key", "key.json"])
    assert made.exit_code == 3, made.output
    Path("answers.txt").write_text("no answer\n")


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_what_failed_has_one_form_in_all_reports(command: str) -> None:
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 3, result.output
    report = json.loads(result.stdout)
    for one in report.get("variants", [report]):
        assert one.keys().isdisjoint({"failures", "problems"})
        ((name, reason),) = [(failed["name"], failed["reason"]) for failed in one["failed"]]
        assert Path(name).stem == ("answers" if "--count" in command else "bad")
        assert reason
        assert all(failed.keys() == {"name", "reason"} for failed in one["failed"])


ENDED = {
    "inpaint": "inpaint nope --masks m --out out",
    "dry run": "inpaint nope --masks m --out out --dry-run",
    "variants": "inpaint nope --masks m --out out --variants 2",
    "report": "report nope --masks m --out out",
    "eval": "eval nope --gt gt --masks m",
    "count": "eval --count answers.txt --key nope",
    "stats": "masks stats nope",
    "check": "masks check nope --masks m",
    "detect": "masks detect in --out out",
    "import": "masks import notes --like nope --out out",
    "weights": "weights show nope",
}


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("command", ENDED.values(), ids=ENDED)
def test_an_error_that_ends_a_command_is_in_its_json(command: str) -> None:
    json_option = ["--json", "-"] if command.startswith("eval") else ["--json"]
    result = CliRunner().invoke(app, [*command.split(), *json_option])
    assert result.exit_code != 0
    report = json.loads(result.stdout)
    assert report["exit_code"] == result.exit_code
    assert result.stderr.strip() == f"error: {report['error']}"
    assert CliRunner().invoke(app, command.split()).stdout == ""


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("more", ["", " --dry-run", " --json"])
def test_a_broken_annotation_file_is_named_once(more: str) -> None:
    Path("notes/bad.json").write_text('{"shapes": [')
    result = CliRunner().invoke(app, f"inpaint in --masks notes --out out --method telea{more}".split())
    said = result.stdout if "--dry-run" in more else result.stderr
    assert said.count("bad.json: is broken JSON") == 1
