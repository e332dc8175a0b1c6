"""How long a run is and what its phases are, by steps and by time; what a stopped one still does."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from pconv_cli.errors import Interrupted
from pconv_cli.training import run as training_run
from pconv_cli.training.course import Course
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Phase
from pconv_cli.training.records import watching
from pconv_cli.training.trainer import resume, train

from .sittings import interrupt


def records(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def clock(monkeypatch):
    """A clock of which every look takes a second; a step looks at it three times."""
    seconds = itertools.count()
    monkeypatch.setattr(training_run, "time", SimpleNamespace(perf_counter=lambda: float(next(seconds))))


def test_a_course_by_time_goes_by_the_seconds_spent():
    course = Course(TrainOptions(Path("d"), minutes=10.0, warmup=1, schedule="cosine"))
    assert course.total_steps is None
    assert not course.enter(0, 0.0)
    assert course.learning_rate(0, 0.0) == pytest.approx(2e-4 / 2)
    assert course.learning_rate(7, 250.0) == pytest.approx(2e-4 * (0.01 + 0.99 / 2))  # in the middle of 500 seconds
    assert not course.enter(40, 499.9)
    assert course.enter(41, 500.0)
    assert course.plan.phase is Phase.FINETUNE
    assert course.learning_rate(41, 500.0) == pytest.approx(5e-5 / 2)
    assert course.learning_rate(44, 550.0) == pytest.approx(5e-5 * (0.01 + 0.99 / 2))
    assert not course.is_over(50, 599.9)
    assert course.is_over(50, 600.0)


def test_minutes_end_a_run_and_its_first_phase(tiny, recorder, clock):
    observer = recorder()
    report = train(tiny(steps=None, finetune_steps=None, minutes=1.0), observer)
    phases = [status.phase for status in observer.statuses]
    assert report.steps == len(phases) == 20
    assert phases == ["fit"] * 17 + ["finetune"] * 3  # the step that begins at 50 of 60 seconds is the first of those
    assert [status.share for status in observer.statuses][9::10] == pytest.approx([0.5, 1.0])
    assert observer.statuses[9].seconds_left == pytest.approx(30)
    assert [step for step, _ in observer.validations] == [20]


def test_a_resumed_run_counts_the_minutes_that_were_spent(tiny, recorder, clock):
    options = tiny(steps=None, finetune_steps=None, minutes=1.0)
    with pytest.raises(Interrupted, match=r"state saved after step 18, 0\.9 of 1 minutes; go on with: .*--resume"):
        train(options, recorder(18, interrupt))
    observer = recorder()
    assert resume(options.out, observer=observer).steps == 20
    assert [status.phase for status in observer.statuses] == ["finetune"] * 2
    assert resume(options.out).steps == 20


def test_a_run_that_is_stopped_validates_and_samples_once(tiny, recorder):
    options, observer = tiny(), recorder(4, interrupt)
    with pytest.raises(Interrupted):
        train(options, observer)
    assert observer.stopped == 4
    assert [step for step, _ in observer.validations] == [4]
    assert records(options.out)[-1]["validation_psnr"] == observer.validations[0][1]["psnr"]
    assert [path.name for path in (options.out / "samples").iterdir()] == ["step_0000004.png"]


def test_where_both_were_just_done_nothing_is_done_twice(tiny, recorder):
    options, observer = tiny(validate_every=2, sample_every=2), recorder(4, interrupt)
    with pytest.raises(Interrupted):
        train(options, observer)
    assert [step for step, _ in observer.validations] == [2, 4]
    assert not any(record.get("stopped") for record in records(options.out))


def test_a_second_ctrl_c_skips_it(tiny, recorder, monkeypatch):
    monkeypatch.setattr(training_run, "ECHO", 0.0)
    monkeypatch.setattr(watching, "sample_rows", lambda *_: interrupt())
    options, observer = tiny(), recorder(4, interrupt)
    with pytest.raises(Interrupted, match="state saved after step 4 of 6"):
        train(options, observer)
    assert observer.validations == []
    monkeypatch.undo()
    assert resume(options.out).steps == 6


def test_it_takes_no_longer_than_it_may(tiny, recorder, monkeypatch):
    monkeypatch.setattr(watching, "LAST_LOOK", 0.0)
    options, observer = tiny(), recorder(4, interrupt)
    with pytest.raises(Interrupted, match="state saved after step 4 of 6"):
        train(options, observer)
    assert observer.validations == []
    assert observer.warnings == ["no last validation: it takes more than 0 seconds"]
