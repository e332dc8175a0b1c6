"""Numbers and names as sentences have them."""

from pathlib import Path

import pytest

from pconv_cli.wording import counted, first_few


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("image",), "0 images"),
        (1, ("image",), "1 image"),
        (2, ("image",), "2 images"),
        (1, ("loss", "losses"), "1 loss"),
        (11, ("loss", "losses"), "11 losses"),
    ],
)
def test_the_noun_agrees_with_its_number(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a.png"], "a.png"),
        ([Path("in/a"), Path("in/b")], "in/a, in/b"),
        (list("abcde"), "a, b, c, d, e"),
        (list("abcdef"), "a, b, c, d, e and 1 more"),
        ([str(n) for n in range(105)], "0, 1, 2, 3, 4 and 100 more"),
    ],
)
def test_of_many_names_five_stand_for_all(names: list[object], said: str) -> None:
    assert first_few(names) == said
    assert first_few(names, "; ") == said.replace(",", ";")
