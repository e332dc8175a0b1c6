"""The page of ``pconv eval --html`` in a real browser."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.reports.examples import choose_examples
from pconv_cli.evaluation.reports.page import write_evaluation_page
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import write_mask


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("eval")
    truth = np.stack([np.tile(np.linspace(0, 200, 96).astype(np.uint8), (64, 1))] * 3, axis=2)
    mask = np.ones((64, 96), bool)
    mask[20:40, 30:60] = False
    for n in range(4):
        write_rgb(root / "gt" / f"图 {n}.png", truth)
        write_mask(root / "m" / f"图 {n}.png", mask)
        for method, off in (("telea", 10 + n), ("ns", 20 - n)):
            write_rgb(root / method / f"图 {n}.png", np.where(mask[..., None], truth, truth + np.uint8(off)))
    results, names = (root / "telea", root / "ns"), ("telea", "ns")
    options = EvalOptions(results, root / "gt", root / "m", (Metric.PSNR, Metric.L1), names=names, workers=1)
    evaluation = evaluate(options)
    write_evaluation_page(root / "page.html", evaluation, choose_examples(evaluation))
    return root / "page.html"


def test_it_shows_everything_and_asks_nobody(chromium: Any, page: Path) -> None:
    chromium.open(page)
    assert chromium.value("document.querySelectorAll('table').length") == 3
    assert chromium.value("document.querySelectorAll('svg').length") == 4
    assert chromium.value(
        "[...document.querySelectorAll('svg')].every(one => one.getBoundingClientRect().height > 100)"
    )
    decoded = "Promise.all([...document.images].map(one => (one.loading = 'eager', one.decode())))"
    assert chromium.value(f"{decoded}.then(all => all.length)") > 20
    assert [url for url in chromium.requests if not url.startswith("data:")] == [page.as_uri()]
    assert chromium.complaints == []


def test_any_two_views_are_compared(chromium: Any, page: Path) -> None:
    chromium.open(page)
    card = "document.querySelector('.card')"
    sides = f"[...{card}.querySelectorAll('img[data-side]')].map(one => one.dataset.side)"
    words = f"[...{card}.querySelectorAll('.side')].map(one => one.textContent)"
    assert chromium.value(sides) == ["left", "", "right", "", "", ""]
    assert chromium.value(words) == ["truth", "telea"]
    pick = "s => { s.value = '5'; s.dispatchEvent(new Event('change')); }"
    chromium.value(f"({pick})({card}.querySelector('[data-for=right]'))")
    assert chromium.value(sides) == ["left", "", "", "", "", "right"]
    assert chromium.value(words) == ["truth", "difference of ns"]
    chromium.value(f"({pick})({card}.querySelector('[data-for=left]'))")
    assert chromium.value(sides) == ["", "", "", "", "", "left"]
    assert chromium.value(words) == ["difference of ns"] * 2
    chromium.value(f"{card}.querySelector('input').focus()")
    chromium.press("Home", "ArrowRight")
    assert chromium.value(f"{card}.querySelector('.stage').style.getPropertyValue('--at')") == "1%"


@pytest.mark.parametrize("width", [1280, 480])
def test_it_fits_the_window(chromium: Any, page: Path, width: int) -> None:
    chromium.open(page, width, dark=True)
    assert chromium.value("document.documentElement.scrollWidth") <= width
