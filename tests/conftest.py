"""For all tests: threads, patience, and the signals that they send."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Where several tests run beside one another, each computes in one thread.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's affair: on a busy one, Hypothesis's limits fail what is right.
settings.register_profile("pconv", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pconv")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Hear Ctrl-C, here and in every process that a test starts, also in a job that a shell's & has started.

    Such a job ignores it, and so do all of its children.
    """
    former = signal.getsignal(signal.SIGINT)
    if former is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)
