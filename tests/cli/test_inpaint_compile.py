"""`pconv inpaint --compile` as a process of its own: its cache, compilers that fail, and Ctrl-C while one works."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from pconv_cli import ModelSpec, PConvUNet, save_weights

COMMAND = ["inpaint", "in.png", "--masks", "mask.png", "--out", "out.png", "--weights", "w.safetensors", "--compile"]


@pytest.fixture
def start(tmp_path):
    """Start the program with a C++ compiler of ours, a shell script, and with an empty cache."""
    torch.manual_seed(0)
    save_weights(tmp_path / "w.safetensors", PConvUNet(ModelSpec(width=4, depth=2)))
    Image.new("RGB", (64, 96), (90, 120, 30)).save(tmp_path / "in.png")
    hole = np.zeros((96, 64), np.uint8)
    hole[20:40, 20:40] = 255
    Image.fromarray(hole).save(tmp_path / "mask.png")

    def run(script):
        compiler = tmp_path / "compiler"
        compiler.write_text(f'#!/bin/sh\ncase "$*" in *version*) echo "g++ 12.2.0";; *) {script};; esac\n')
        compiler.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if name != "TORCHINDUCTOR_CACHE_DIR"}
        environment = kept | {"CXX": str(compiler), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        return subprocess.Popen(
            [sys.executable, "-m", "pconv_cli", *COMMAND],
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return run


def test_a_compiler_that_fails_is_one_line_and_its_input_lies_in_the_users_cache(start, tmp_path):
    with start("exit 1") as process:
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == 2, stderr
    (line,) = stderr.splitlines()
    assert line.startswith("error: --compile: torch.compile fails here (")
    assert line.endswith("); leave it out")
    assert not (tmp_path / "out.png").exists()
    assert any(path.is_file() for path in (tmp_path / "cache" / "pconv" / "compiled").rglob("*"))


def test_ctrl_c_while_it_compiles(start, tmp_path):
    """As a terminal does it: the signal reaches the compiler as well."""
    with start(f"touch {tmp_path}/started; exec sleep 60") as process:
        deadline = time.monotonic() + 120
        while not (tmp_path / "started").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "out.png").exists()
