"""The example of each public name runs, and gives what it shows."""

import doctest
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import pconv_cli
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import write_mask

PAGE = Path(__file__).parents[1] / "docs" / "python.md"
NAMES = sorted(set(pconv_cli.__all__) - {"__version__"})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples find in the current folder: images, damaged and true, masks, and a file of VGG16's weights."""
    place = tmp_path_factory.mktemp("examples")
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        truth = rng.integers(90, 120, (48, 64, 3)).astype(np.uint8)
        valid = pconv_cli.draw_mask("shapes", (48, 64), rng, ratio=(0.05, 0.1))
        write_rgb(place / "truth" / f"{name}.png", truth)
        write_rgb(place / "photos" / f"{name}.png", truth)
        write_rgb(place / "in" / f"{name}.png", np.where(valid[:, :, None], truth, np.uint8(255)))
        write_mask(place / "m" / f"{name}.png", valid)
        write_rgb(place / "restored" / f"{name}.png", truth)
    save_file(pconv_cli.VGG16Features().state_dict(), place / "vgg16.safetensors")
    return place


@pytest.fixture(autouse=True)
def here(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example in a folder of its own."""
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_example_gives_what_it_shows(name: str) -> None:
    public: dict[str, Any] = {public: getattr(pconv_cli, public) for public in NAMES}
    test = doctest.DocTestParser().get_doctest(
        public[name].__doc__, {**public, "np": np, "torch": torch, "Path": Path}, name, None, 0
    )
    assert test.examples, f"{name} has no example"
    assert not failures_of(test)


def test_the_page_on_python_gives_what_it_shows() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, None, 0)
    assert not failures_of(test)


def failures_of(test: doctest.DocTest) -> str:
    failures: list[str] = []
    doctest.DocTestRunner().run(test, out=failures.append)
    return "".join(failures)
