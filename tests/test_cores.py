"""The cores that work is spread over are those that this process may use."""

import os
import subprocess
import sys

import pytest

from pconv_cli.cores import usable_cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_a_process_bound_to_one_core_counts_one() -> None:
    first = min(os.sched_getaffinity(0))
    bound = f"import os; os.sched_setaffinity(0, [{first}]); "
    code = bound + "from pconv_cli.cores import usable_cores; print(usable_cores())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.parametrize(("count", "cores"), [(6, 6), (None, 1)])
def test_without_affinities_the_machine_is_asked(
    monkeypatch: pytest.MonkeyPatch, count: int | None, cores: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert usable_cores() == cores
