"""The examples of docs/metrics.md are true."""

import doctest
import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_examples_are_true() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    source = "\n".join(blocks)
    assert source.count(">>>") > 20
    test = doctest.DocTestParser().get_doctest(source, {}, "metrics.md", str(DOCUMENT), 0)
    failures: list[str] = []
    doctest.DocTestRunner().run(test, out=failures.append)
    assert not failures, "".join(failures)
