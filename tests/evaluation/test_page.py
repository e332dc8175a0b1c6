import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.reports.examples import FULL, Example, choose_examples, difference
from pconv_cli.evaluation.reports.page import write_evaluation_page
from pconv_cli.evaluation.reports.rows import Evaluation
from pconv_cli.evaluation.samples import SampleOptions, evaluate_samples
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage


@pytest.fixture
def two(tmp_path: Path, square: Callable[..., Any]) -> Path:
    """Folders a<b> and b with results of six images, off by i in a<b> and by 10 - i in b, in a hole of 25 %."""
    truth, mask = np.full((20, 24, 3), 100, np.uint8), square((20, 24), 11)
    for i in range(1, 7):
        write_image(tmp_path / "gt" / f"{i}.png", StoredImage(truth))
        write_mask(tmp_path / "masks" / f"{i}.png", mask)
        for folder, off in (("a<b>", i), ("b", 10 - i)):
            result = np.where(mask[..., None], truth, truth + np.uint8(off)).astype(np.uint8)
            write_image(tmp_path / folder / f"{i}.png", StoredImage(result))
    return tmp_path


def scored(
    root: Path, *folders: str, metrics: tuple[Metric, ...] = (Metric.PSNR, Metric.TV), **more: Any
) -> Evaluation:
    results = tuple(root / folder for folder in folders)
    return evaluate(EvalOptions(results, root / "gt", root / "masks", metrics, workers=1, **more))


def test_worst_best_and_furthest_apart(two: Path) -> None:
    cases = choose_examples(scored(two, "a<b>", "b", names=("a<b>", "b")))
    found: dict[str, list[str]] = {}
    for case in cases:
        found.setdefault(case.heading, []).append(case.name)
    assert found == {
        "Worst of a<b>, by PSNR of the hole": ["6.png", "5.png", "4.png"],
        "Best of a<b>, by PSNR of the hole": ["1.png", "2.png"],
        "Where a<b> leads most, by PSNR of the hole": ["3.png"],
    }
    assert [view.label for view in cases[0].views] == [
        "truth",
        "damaged",
        "a<b>",
        "b",
        "difference of a<b>",
        "difference of b",
    ]
    assert cases[0].size == (20, 24)


def test_a_metric_of_which_less_is_better(folders: Path) -> None:
    cases = choose_examples(evaluate(EvalOptions(folders / "results", folders / "gt", folders / "masks", (Metric.L1,))))
    assert cases[0].heading == "Worst, by L1 of the hole"
    assert cases[0].name == "sub/c.png"
    assert [view.label for view in cases[0].views] == ["truth", "damaged", "result", "difference"]
    assert (
        choose_examples(evaluate(EvalOptions(folders / "results", folders / "gt", folders / "masks", (Metric.TV,))))
        == []
    )


def test_files_that_are_gone_are_reported(folders: Path) -> None:
    evaluation = evaluate(EvalOptions(folders / "results", folders / "gt", folders / "masks", (Metric.PSNR,)))
    (folders / "gt" / "a.png").unlink()
    cases = {case.name: case for case in choose_examples(evaluation)}
    assert "a.png" in cases["a.png"].problem
    assert not cases["a.png"].views
    write_evaluation_page(folders / "p.html", evaluation, list(cases.values()))
    assert "Cannot be shown" in (folders / "p.html").read_text("utf-8")


def test_differences_as_colours() -> None:
    truth = np.zeros((2, 3, 1), np.uint16)
    result = truth.copy()
    result[0, 1] = round(65535 * FULL)
    result[0, 2] = 65535
    shown = difference(result, truth, 65535.0).astype(int)
    assert shown.shape == (2, 3, 3)
    assert shown[0, 0].sum() < 20  # nothing differs: black
    assert shown[0, 1].sum() > 600
    assert (shown[0, 1] == shown[0, 2]).all()  # no more than all
    assert difference(result, truth, 65535.0, orientation=6).shape == (3, 2, 3)


def test_the_page_has_it_all_and_needs_nothing(two: Path) -> None:
    evaluation = scored(two, "a<b>", "b", names=("a<b>", "<script>x</script>"))
    write_evaluation_page(two / "p.html", evaluation, choose_examples(evaluation), by_border=True)
    html = (two / "p.html").read_text("utf-8")
    assert html.count("<script>") == 1
    assert not re.search(r'https?://|(?:src|href)="(?!data:)', html)
    assert "<h1>Evaluation of a&lt;b&gt;, &lt;script&gt;x&lt;/script&gt;</h1>" in html
    assert html.count("<svg ") == 4  # by class and distribution of two metrics
    assert html.count("<table>") == 3  # two metrics and the paired comparison
    psnr = [20 * np.log10(255 / off) for off in range(1, 7)]
    assert f"<td><strong>{np.mean(psnr):.2f}</strong></td>" in html  # of a<b>, in the hole
    assert html.count("data:image/jpeg") == 6 * 6
    assert "no border" in html
    assert "&quot;numpy&quot;:" in html  # the recipe
    assert html.count('type="range"') == 6


def test_failures_and_missing_partners(folders: Path) -> None:
    (folders / "results" / "a.png").write_bytes(b"")
    (folders / "gt" / "sub" / "b.png").unlink()
    options = EvalOptions(folders / "results", folders / "gt", folders / "masks", (Metric.PSNR,), allow_missing=True)
    evaluation = evaluate(options)
    write_evaluation_page(folders / "p.html", evaluation, choose_examples(evaluation))
    html = (folders / "p.html").read_text("utf-8")
    assert re.search(r"<h2>Failed</h2><ul><li>[^<]*a\.png", html)
    assert re.search(r"<h2>Missing</h2><ul><li>[^<]*b\.png", html)


def test_methods_are_looked_at_while_their_files_are_there(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 200, 96).astype(np.uint8), (64, 1))
    write_image(tmp_path / "in" / "a.png", StoredImage(ramp[:, :, None]))
    cases: list[Example] = []
    options = SampleOptions((Metric.PSNR,), images=tmp_path / "in", workers=1)
    evaluation = evaluate_samples(
        options, {"grey": lambda rgb, _: rgb}, look=lambda now: cases.extend(choose_examples(now))
    )
    assert evaluation.rows
    assert len(cases) == 5  # of six, three are the worst, and of the others half the best
    assert all(len(case.views) == 4 and not case.problem for case in cases)
