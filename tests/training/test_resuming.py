"""Runs that were stopped go on as if they never had been."""

import json
import shutil

import pytest
import torch

from pconv_cli import ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.errors import Interrupted, ModelError, PconvError, UsageError
from pconv_cli.training.records import watching
from pconv_cli.training.records.validation import validate
from pconv_cli.training.state import RUN_NAMES, STATE_VERSION
from pconv_cli.training.trainer import resume, train

from .sittings import interrupt


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def without_times(records):
    return [{k: v for k, v in r.items() if k not in ("seconds", "images_per_second")} for r in records]


def same_weights(a, b):
    states = [load_weights(folder / "weights.safetensors").state_dict() for folder in (a, b)]
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize("stop_at", [1, 4, 5, 7])
def test_a_resumed_run_continues_as_if_never_stopped(tiny, recorder, tmp_path, stop_at):
    """Bit by bit: losses, metrics, weights; before, at and after the change of phase."""
    given = {
        "steps": 10,
        "finetune_steps": 5,
        "schedule": "cosine",
        "warmup": 2,
        "ssim_weight": 1.0,
        "validate_every": 2,
    }
    whole, first, second = recorder(), recorder(stop_at, interrupt), recorder()
    train(tiny(**given, out=tmp_path / "whole"), whole)
    with pytest.raises(Interrupted, match=rf"state saved after step {stop_at} of 10; go on with: .*--resume"):
        train(tiny(**given, out=tmp_path / "parts"), first)
    resume(tmp_path / "parts", observer=second)
    assert second.first[0] == stop_at
    assert first.losses + second.losses == whole.losses
    assert [s.learning_rate for s in first.statuses + second.statuses] == [s.learning_rate for s in whole.statuses]
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_ctrl_c_in_the_middle_of_a_validation_is_heard_after_it(tiny, recorder, monkeypatch, tmp_path):
    def interrupted(*given):
        interrupt()
        return validate(*given)

    given = {"validate_every": 3, "save_every": 100}
    train(tiny(**given, out=tmp_path / "whole"))
    monkeypatch.setattr(watching, "validate", interrupted)
    observer = recorder()
    with pytest.raises(Interrupted, match="state saved after step 3 of 6"):
        train(tiny(**given, out=tmp_path / "parts"), observer)
    assert [step for step, _ in observer.validations] == [3]
    monkeypatch.undo()
    resume(tmp_path / "parts")
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_a_killed_run_resumes_from_the_last_saved_state(tiny, recorder, tmp_path):
    """What a killed process wrote after its last state is written again, not twice."""

    class Killed(BaseException):
        pass

    def kill():
        raise Killed

    given = {"steps": 20, "save_every": 5, "validate_every": 4}
    whole, first, second = recorder(), recorder(13, kill), recorder()
    train(tiny(**given, out=tmp_path / "whole"), whole)
    with pytest.raises(Killed):
        train(tiny(**given, out=tmp_path / "parts"), first)
    with (tmp_path / "parts" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 14, "validation_lo')  # the line that was being written
    resume(tmp_path / "parts", observer=second)
    assert second.first[0] == 10
    assert second.losses == whole.losses[10:]
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_resuming_a_run_at_its_end_only_reports_it(tiny, recorder):
    first = train(tiny(steps=2))  # with nobody watching
    again = recorder()
    assert resume(first.folder, observer=again) == first
    assert again.first is None


def test_there_must_be_a_run_to_resume_and_it_must_be_whole(tiny, recorder):
    with pytest.raises(UsageError, match="no run to resume here"):
        resume(tiny().out)
    options = tiny(steps=1)
    train(options, recorder())
    whole = (options.out / "state.pt").read_bytes()
    (options.out / "state.pt").write_bytes(whole[:1000])
    with pytest.raises(ModelError, match=r"damaged; start from .*weights.safetensors by `init`"):
        resume(options.out)


def test_a_state_of_another_version_is_named_as_that(tiny):
    options = tiny(steps=1)
    train(options)
    path = options.out / "state.pt"
    torch.save({**torch.load(path, weights_only=True), "version": 1}, path)
    with pytest.raises(ModelError, match=r"of another version of this program; start from .*weights.safetensors"):
        resume(options.out)


def test_what_a_state_holds_is_pinned_to_its_version():
    """Other names are another version, so that states from before are named as what they are."""
    names = "average course images_hash network options processes random seconds spec spent step terms validation"
    assert (STATE_VERSION, sorted(RUN_NAMES - {"version"})) == (4, names.split())


@pytest.mark.usefixtures("curves")
def test_whatever_stands_in_the_log_of_figures_stops_no_run(tiny, recorder):
    options = tiny(steps=30)
    with pytest.raises(Interrupted):
        train(options, recorder(20, interrupt))
    before = [record for record in lines(options.out) if not record.get("stopped")]
    others = ["[" * 9000 + "]" * 9000, "7", "[]", '{"step": "5"}', '{"step": [1]}', '{"step": 2.5}', "\x00", ""]
    with (options.out / "metrics.jsonl").open("ab") as file:
        file.write("\n".join([*others, '{"step": 3, "loss": "x", "tv": null}', ""]).encode() + b"\xff\n")
    resume(options.out)
    assert without_times(lines(options.out))[: len(before)] == without_times(before)
    assert (options.out / "curves.png").exists()


def test_whatever_stands_in_a_state_is_one_line(tiny):
    """Each of its values in turn is of another kind; the run either goes on or says so."""
    options = tiny(steps=3)
    train(options)
    path = options.out / "state.pt"
    whole = torch.load(path, weights_only=True)
    states = [[1], torch.zeros(2), {}, {"version": 2}]
    states += [{**whole, name: value} for name in whole for value in (None, [], -1, {"x": [[]]})]
    states += [{**whole, "options": {**whole["options"], name: []}} for name in whole["options"]]
    states += [{**whole, "spec": {**whole["spec"], name: 2.5}} for name in whole["spec"]]
    refused = []
    for state in states:
        torch.save(state, path)
        try:
            resume(options.out)
        except PconvError as error:
            refused.append(error)
    assert {error.exit_code for error in refused} <= {2, 5}
    assert not any("\n" in str(error) for error in refused)
    assert len(refused) > len(states) // 2


def test_only_the_state_is_asked_for_when_resuming(tiny, recorder, tmp_path):
    """Neither the initial weights nor the option that named them are needed again."""
    initial = tmp_path / "initial.safetensors"
    save_weights(initial, PConvUNet(ModelSpec(5, 2)))
    stopped = recorder(2, interrupt)
    with pytest.raises(Interrupted):
        train(tiny(init=str(initial)), stopped)
    initial.unlink()
    assert resume(tiny().out).steps == 6


def test_a_run_whose_images_changed_is_not_resumed(tiny, recorder, tmp_path, images):
    data = tmp_path / "data"
    shutil.copytree(images, data)
    with pytest.raises(Interrupted):
        train(tiny(data=data), recorder(2, interrupt))
    (data / "p3.png").unlink()
    with pytest.raises(UsageError, match=r"its images are not those that the run began with"):
        resume(tiny().out)
    moved = tmp_path / "moved"
    shutil.copytree(images, moved)
    assert resume(tiny().out, {"data": moved}).steps == 6  # another place, the same images
