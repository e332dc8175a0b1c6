"""The signals that ask a run to end: Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed."""

import signal

#: Those that this system has. One that a process ignores, as SIGHUP under ``nohup``, asks it for nothing.
STOP_SIGNALS: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def heard_signals() -> list[signal.Signals]:
    """List those of `STOP_SIGNALS` that this process does not ignore."""
    return [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
