"""Compiled loops are taken from numba's cache without what compiling needs, and whatever the cache holds, they run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from numba import njit

from pconv_cli.methods import compiled as module

LOOPS = """
import numpy as np
from pconv_cli.methods.compiled import compiled, inlined

@inlined
def _twice(number):
    return 2 * number

@compiled("void(f4[::1],i8)")
def add(values, count):
    sums = np.zeros(1, np.float32)
    for place in range(count):
        sums[0] += values[place]
        values[place] = _twice(sums[0])
"""

PROGRAM = """
import json, sys
import numpy as np
{before}
from loops import add
values = np.arange(4, dtype=np.float32)
add(values, 3)
refused = 0
for others in (values.astype(np.float64), values.astype(np.int32), values[::2], values[None]):
    try:
        add(others, 1)
    except TypeError:
        refused += 1
# The part of numba that only compiling needs, and what takes long in it.
print(json.dumps([values.tolist(), refused, "numba.np.linalg" in sys.modules]))
"""


def run(folder: Path, before: str = "") -> tuple[list[float], int, bool]:
    """Run the loop in a process of its own: result, sorts of other values refused, whether numba compiled."""
    command = [sys.executable, "-c", PROGRAM.format(before=before)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
    result, refused, compiles = json.loads(done.stdout)
    return result, refused, compiles


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module of loops, which have run once."""
    folder = tmp_path_factory.mktemp("loops")
    (folder / "loops.py").write_text(LOOPS)
    assert run(folder) == ([0, 2, 6, 3], 4, True)
    return folder


def test_a_second_run_compiles_nothing(folder: Path) -> None:
    assert run(folder) == ([0, 2, 6, 3], 4, False)


def test_a_numba_without_the_names_by_which_its_cache_is_read_compiles_or_reads_it_itself(folder: Path) -> None:
    gone = "import numba.core.caching as caching; del caching.Cache._load_overload"
    assert run(folder, gone) == ([0, 2, 6, 3], 4, True)


def test_damaged_files_of_the_cache_are_no_obstacle(folder: Path) -> None:
    files = [path for path in (folder / "__pycache__").iterdir() if path.suffix in (".nbc", ".nbi")]
    assert files
    for path in files:
        path.write_bytes(path.read_bytes()[:100])
    assert run(folder) == ([0, 2, 6, 3], 4, True)


@pytest.mark.parametrize("error", [EOFError, OSError, RuntimeError, ValueError])
def test_a_cache_that_cannot_be_used_costs_time_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    real = module.njit

    def njit(*words: object, **options: object) -> object:
        def refuse(function: object) -> object:
            raise error("the cache is damaged")

        return refuse if options.get("cache") else real(*words, **options)

    monkeypatch.setattr(module, "njit", njit)
    assert module.compiled("i8(i8)")(lambda number: number + 1)(2) == 3


RESIZED = """
import importlib, json, pathlib, sys
from pconv_cli.methods import compiled
import own_sizes, own_loops
sys.dont_write_bytecode = True

def files():
    return len(list(pathlib.Path("cache").rglob("*.nbc")))

def sums(**changed):
    for name, value in changed.items():
        setattr(own_sizes if hasattr(own_sizes, name) else compiled, name, value)
    importlib.reload(own_loops)
    return [own_loops.grown(100), files()]

print(json.dumps([
    sums(), sums(RADIUS=7), sums(RADIUS=2), sums(ORDER=(3, 0)), sums(_OPTIONS={"nogil": True}), sums(__version__="0")
]))
"""

WIDE = """
from pconv_cli.methods.compiled import compiled, inlined
from own_sizes import ORDER, RADIUS

@inlined
def _round(number):
    return number + RADIUS

@compiled("i8(i8)")
def grown(number):
    return _round(number) + 10 * ORDER[0]
"""


def test_a_change_elsewhere_of_what_a_loop_holds_is_not_served_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_sizes.py").write_text("RADIUS = 2\nORDER = (1, 0)\n")
    (tmp_path / "own_loops.py").write_text(WIDE)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    command = [sys.executable, "-c", RESIZED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300)
    # What the loop gives, and files of machine code: one more for each change, and none where a value is back.
    assert json.loads(done.stdout) == [[112, 1], [117, 2], [112, 2], [132, 3], [132, 4], [132, 5]]


@module.inlined
def _round(number: int) -> int:
    return number + 5


def grown(number: int) -> int:
    return 3 * _round(number)


def test_a_loop_holds_what_it_uses_and_shares_no_machine_code() -> None:
    """Loops that share it run the copy that is loaded first, which is optimized otherwise than a fresh one."""
    (made,) = njit("i8(i8)")(grown).overloads.values()
    assert "_round" not in made.library.get_llvm_str()


def test_a_loop_that_holds_what_no_key_can_cover_is_refused() -> None:
    table: dict[str, object] = {"sizes": module, "values": [1]}
    for text, held in (
        ("lambda number: number + sizes.RADIUS", "sizes, a module"),
        ("lambda number: number + values[0]", "values, a list"),
        ("lambda number: (lambda: number)()", "a function of its own"),
    ):
        with pytest.raises(TypeError, match=f"compiled code cannot hold {held}"):
            module.compiled("i8(i8)")(eval(text, table))
