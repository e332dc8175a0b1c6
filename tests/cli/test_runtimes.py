"""How the libraries that compute are set up before they are loaded."""

import os
import subprocess
import sys

import pytest

from pconv_cli.cli.runtimes import prepare_fills, prepare_runtimes
from pconv_cli.heap import glibc

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for variable in (*WAITING, "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        monkeypatch.setenv(variable, "")  # so that what is set below is taken back
        monkeypatch.delenv(variable)


def test_threads_spin_for_a_little_while():
    prepare_runtimes()
    assert 0 < int(os.environ["GOMP_SPINCOUNT"]) <= 10_000


@pytest.mark.parametrize("variable", WAITING)
def test_how_a_user_has_threads_wait_is_left_alone(variable, monkeypatch):
    monkeypatch.setenv(variable, "7")
    prepare_runtimes()
    assert {name: os.environ[name] for name in WAITING if name in os.environ} == {variable: "7"}


def test_a_users_cache_is_left_alone(monkeypatch):
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "5")
    prepare_runtimes()
    assert os.environ["LRU_CACHE_CAPACITY"] == "5"
    assert int(os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"]) < 1024


def test_numpy_multiplies_in_one_thread_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    prepare_fills()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    prepare_fills()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_inpaint_says_so_before_numpy_is_loaded(tmp_path):
    code = (
        "import sys; from pconv_cli.cli.inpaint import command; from pconv_cli.cli.app import main;"
        " command.prepare_fills = lambda: print('numpy' in sys.modules); sys.argv = ['pconv', 'inpaint', 'gone',"
        " '--masks', 'm', '--out', 'out']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "False\n")


def test_the_program_does_so_before_torch_is_loaded():
    code = (
        "import os, sys; from pconv_cli.cli import app; app.app = lambda: print(os.environ['GOMP_SPINCOUNT'],"
        " 'torch' in sys.modules); app.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1000", "False"]


@pytest.mark.skipif(glibc() is None, reason="no glibc")
@pytest.mark.parametrize(("variables", "heaps"), [({}, 1), ({"MALLOC_ARENA_MAX": "3"}, 2)])
def test_threads_share_a_heap_unless_the_user_says_otherwise(variables, heaps):
    code = (
        "import ctypes, threading; from pconv_cli.cli.runtimes import prepare_fills; prepare_fills();"
        " libc = ctypes.CDLL(None); libc.malloc.argtypes = [ctypes.c_size_t]; libc.malloc.restype = ctypes.c_void_p;"
        " thread = threading.Thread(target=libc.malloc, args=(4096,)); thread.start(); thread.join();"
        " libc.fdopen.restype = ctypes.c_void_p; out = ctypes.c_void_p(libc.fdopen(1, b'w'));"
        " libc.malloc_info(0, out); libc.fflush(out)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment | variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("<heap nr=") == heaps
