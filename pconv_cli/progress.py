"""The small protocol by which long work reports how far it is, so that the library needs no terminal.

The command line draws these calls with rich; a program that uses the library passes its own object, or none.
"""

from collections.abc import Sequence
from typing import Protocol


class Progress(Protocol):
    """What long work reports to; every method returns at once and never raises."""

    def start(self, total: int, what: str) -> None:
        """Work begins on ``total`` items; ``what`` names them in the plural ("images", "masks")."""

    def advance(self, name: str, note: str = "") -> None:
        """Report that the item called ``name`` is done; ``note`` says how it went where that is worth a word."""

    def stage(self, name: str, stage: str, done: float = 0, total: int = 0) -> None:
        """Note that the item ``name`` is at a stage ("reading", "filling"), or further in it; from any thread.

        Of the stage's ``total`` windows ``done`` are done, the one under way by parts; a total of 0: not counted.
        """

    def warn(self, message: str) -> None:
        """Something that the user should know and that does not stop the work."""


class Silent:
    """A `Progress` that shows nothing; the default of every library call."""

    def start(self, total: int, what: str) -> None:
        """Show nothing."""

    def advance(self, name: str, note: str = "") -> None:
        """Show nothing."""

    def stage(self, name: str, stage: str, done: float = 0, total: int = 0) -> None:
        """Show nothing."""

    def warn(self, message: str) -> None:
        """Show nothing."""


def warn_first(progress: Progress, messages: Sequence[str]) -> None:
    """Warn of the first of messages that are alike, and say how many more there are."""
    if messages:
        progress.warn(messages[0] + (f" (and {len(messages) - 1} more like it)" if len(messages) > 1 else ""))
