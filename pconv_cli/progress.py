"""The small protocol by which long work tells how far it is, so that the library needs no terminal.

The command line draws these calls with rich; a program that uses the library passes its own object, or none.
"""

from typing import Protocol


class Progress(Protocol):
    """What long work reports to; every method returns at once and never raises."""

    def start(self, total: int, what: str) -> None:
        """Work begins on ``total`` items; ``what`` names them in the plural ("pictures", "masks")."""

    def advance(self, name: str, note: str = "") -> None:
        """The item called ``name`` is done; ``note`` says how it went where that is worth a word."""

    def within(self, done: int, total: int, what: str) -> None:
        """Of a large item under way ``done`` of ``total`` parts are done; ``what`` names them ("windows")."""

    def warn(self, message: str) -> None:
        """Something that the user should know and that does not stop the work."""


class Silent:
    """A `Progress` that shows nothing; the default of every library call."""

    def start(self, total: int, what: str) -> None:
        """Show nothing."""

    def advance(self, name: str, note: str = "") -> None:
        """Show nothing."""

    def within(self, done: int, total: int, what: str) -> None:
        """Show nothing."""

    def warn(self, message: str) -> None:
        """Show nothing."""
