"""For all tests: where several run beside one another, each computes in one thread; and none has to be quick."""

import os

from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's affair: on a busy one, Hypothesis's limits fail what is right.
settings.register_profile("pconv", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pconv")
