"""SIGTERM ends a command as Ctrl-C does: what is under way is left whole, and a line says what was done."""

import signal
from types import FrameType
from typing import NoReturn


def stop_on_sigterm() -> None:
    """Have the first SIGTERM interrupt the command; a second one ends the process at once."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise KeyboardInterrupt
