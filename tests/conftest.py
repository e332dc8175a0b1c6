"""For all tests: where several run beside one another, each computes in one thread; and none has to be quick."""

import os

from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's affair: on a busy one, Hypothesis's limit of 200 ms fails what is right.
settings.register_profile("pconv", deadline=None)
settings.load_profile("pconv")
