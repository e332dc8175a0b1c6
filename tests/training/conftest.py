"""A folder of small images, a tiny network's options, and an observer that remembers."""

import cv2
import numpy as np
import pytest

from pconv_cli.training.presets import Preset
from pconv_cli.training.recipes import registry
from pconv_cli.training.records import record
from pconv_cli.training.resolving import resolve_options


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """Ten smooth coloured images of unequal sizes, one of them smaller than the crop."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for number in range(10):
        height, width = (24, 30) if number == 0 else rng.integers(33, 60, 2)
        coarse = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"p{number}.png"), cv2.resize(coarse, (int(width), int(height))))
    return folder


@pytest.fixture
def curves():
    """Have the runs of a test draw their curves."""


@pytest.fixture(autouse=True)
def _no_curves(request, monkeypatch):
    """Draw none where nobody looks at them: they take longer than all steps of so short a run."""
    if "curves" not in request.fixturenames:
        monkeypatch.setattr(record, "draw_curves", lambda folder: None)


@pytest.fixture
def tiny(images, tmp_path):
    """Options of a run of a second, with what is given changed."""

    def options(**given):
        small = {
            "data": images,
            "out": tmp_path / "run",
            "width": 4,
            "depth": 3,
            "crop": 32,
            "batch": 2,
            "steps": 6,
            "finetune_steps": 0,
            "validation": 0.2,
            "perceptual_weight": 0.0,
            "style_weight": 0.0,
            "mask_kind": "randomwalk",  # the default takes thirty times as long to draw, as long as a step
            "precision": "float32",
            "device": "cpu",
        }
        if "init" in given:  # brings its network along
            small = {name: value for name, value in small.items() if name not in ("width", "depth")}
        if "masks" in given:
            del small["mask_kind"]
        return resolve_options(Preset.PAPER, {**small, **given})

    return options


class Recorder:
    """A `TrainObserver` that keeps what it hears, and may do something at a step."""

    def __init__(self, at=None, do=None):
        self.first = self.stopped = None
        self.statuses = []
        self.validations = []
        self.warnings = []
        self._at, self._do = at, do

    def began(self, run):
        self.first = (run.step, run.total_steps, run.images)

    def warn(self, message):
        self.warnings.append(message)

    def stepped(self, status):
        self.statuses.append(status)
        if status.step == self._at:
            self._do()

    def stopping(self, step):
        self.stopped = step

    def validated(self, step, figures):
        self.validations.append((step, figures))

    @property
    def losses(self):
        return [status.loss for status in self.statuses]


@pytest.fixture
def recorder():
    return Recorder


@pytest.fixture
def small(images, tmp_path):
    """Options of a run of a second, of the network that is given."""

    def options(**given):
        usual = {
            "data": images,
            "out": tmp_path / "run",
            "batch": 2,
            "steps": 6,
            "validation": 0.2,
            "mask_kind": "randomwalk",
        }
        usual |= {"perceptual_weight": 0.0, "style_weight": 0.0, "precision": "float32", "device": "cpu"}
        return resolve_options(Preset.PAPER, {**usual, **given})

    return options


@pytest.fixture
def trained_by(monkeypatch):
    """Let a recipe train partial convolutions."""
    return lambda kind: monkeypatch.setitem(registry.RECIPES, "pconv", kind)
