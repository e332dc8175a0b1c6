"""A page on which a judge votes with keys and saves the answers; it needs no server, and knows nothing of the key."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pconv_cli.evaluation.votes.ballots import VoteKey
from pconv_cli.pages.markup import Html, element, joined
from pconv_cli.pages.page import write_page

KIND = "pconv vote page"

_CHOICES = (("A", "A is better (1)"), ("B", "B is better (2)"), ("=", "no preference (0)"))


def write_vote_page(path: Path, key: VoteKey, reduced: Mapping[str, float]) -> None:
    """Write the page beside the sheets that it shows.

    Args:
        path: The file.
        key: The key of the vote.
        reduced: The sheets whose images are reduced, and to what share of their side.

    Raises:
        OutputError: The file cannot be written.
    """
    write_page(path, KIND, "Which looks better, A or B?", _parts(key, reduced), script="vote.js", beside=True)


def _parts(key: VoteKey, reduced: Mapping[str, float]) -> Iterator[Html]:
    choices = [element("button", words, type="button", data_answer=letter) for letter, words in _CHOICES]
    full = element("label", element("input", type="checkbox", id="full"), " sheet at full size")
    yield element("div", *choices, full, element("span", id="count", class_="soft", aria_live="polite"), class_="vote")
    frame = element("div", element("img", id="sheet", alt=""), id="frame", class_="frame", tabindex=0)
    yield element("div", frame, id="vote", data_sheets=key.identity, data_count=len(key.pairs), data_digits=key.digits)
    judge = element("label", "your name ", element("input", type="text", id="judge", autocomplete="off"))
    save = element("button", "save answers", type="button", id="save")
    yield element("div", judge, save, class_="vote")
    words = "Keys: 1, 2 and 0 answer and go on; the arrows go back and forth. Saving writes a text file; send it back."
    yield element("p", words, class_="soft")
    if reduced:
        which = f"{len(reduced)} of {len(key.pairs)} sheets show"
        words = (
            f"{which} their images reduced, down to {min(reduced.values()):.0%} of their side; each says so at its top."
        )
        yield element("p", f"{words} What is finer than that cannot be judged on them.", class_="soft")
    numbers = [element("button", key.sheet(pair.number), type="button", data_number=pair.number) for pair in key.pairs]
    yield joined(element("div", *numbers, class_="numbers"), "\n")
