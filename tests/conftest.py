"""For all tests: threads, patience, the signals that they send, and small inputs."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Rgb = NDArray[np.float32]

# Where several tests run beside one another, each computes in one thread.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Containers often have Python keep nothing of what it compiles. Hundreds of processes would each compile the package.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes is the machine's affair: on a busy one, Hypothesis's limits fail what is right.
# The gate draws the same few examples each time, so that its result is that of the change alone. To look for new ones:
# HYPOTHESIS_PROFILE=explore pytest. A test that sets a number of its own has costly examples, or few different ones.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", patient, max_examples=50, derandomize=True, database=None)
settings.register_profile("explore", patient, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Hear Ctrl-C, here and in every process that a test starts, also in a job that a shell's & has started.

    Such a job ignores it, and so do all of its children.
    """
    former = signal.getsignal(signal.SIGINT)
    if former is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture
def smooth() -> Callable[[tuple[int, int]], Rgb]:
    """A smooth image (H, W, 3) in [0, 1]: waves of different lengths in each channel."""

    def make(size: tuple[int, int]) -> Rgb:
        rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
        waves = [np.sin(rows / 23 + columns / 31), np.sin(rows / 41), np.cos(columns / 37)]
        return (0.5 + 0.4 * np.stack(waves, axis=2)).astype(np.float32)

    return make


@pytest.fixture
def holes() -> Callable[..., Mask]:
    """A mask (H, W) with random rectangular holes of up to ``largest`` pixels a side."""

    def make(size: tuple[int, int], count: int = 6, largest: int = 12, seed: int = 0) -> Mask:
        rng = np.random.default_rng(seed)
        mask = np.ones(size, bool)
        for _ in range(count):
            top, left = rng.integers(0, size[0]), rng.integers(0, size[1])
            height, width = rng.integers(1, largest + 1, 2)
            mask[top : top + height, left : left + width] = False
        return mask

    return make


@pytest.fixture
def narrow_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give VGG16 an eighth of its channels: in half precision a processor takes a second a step for all of them."""
    from pconv_cli.core import vgg

    narrow = tuple(layer // 8 if isinstance(layer, int) else layer for layer in vgg._LAYERS)
    monkeypatch.setattr(vgg, "_LAYERS", narrow)


@pytest.fixture
def tiny_weights(tmp_path: Path) -> Path:
    """Weights of a tiny network of the paper's kind, random but for the seed."""
    return _random_weights(tmp_path / "weights" / "tiny.safetensors", "none")


@pytest.fixture
def tiny_pyramid(tmp_path: Path) -> Path:
    """The same of a network on the pyramid, as the shipped ones are; it may take an image as one window."""
    return _random_weights(tmp_path / "weights" / "pyramid.safetensors", "pyramid")


def _random_weights(path: Path, base: Literal["none", "pyramid"]) -> Path:
    import torch  # loaded for the tests that need it alone

    from pconv_cli import ModelSpec, PConvUNet, save_weights

    torch.manual_seed(0)
    path.parent.mkdir(exist_ok=True)
    save_weights(path, PConvUNet(ModelSpec(width=4, depth=3, base=base)))
    return path
