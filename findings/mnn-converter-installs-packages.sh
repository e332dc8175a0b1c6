#!/usr/bin/env bash
# MNN 3.6.1 (mnnconvert, the front end of its converter)
# Input: a stand-in for pip, first on the path, that writes down what it is asked for and installs nothing; then mnnconvert --help.
# Expected: help, and nothing installed.
# Happens: "pip install -U aliyun-log-python-sdk". If that succeeds, it changes the environment of whichever pip is found first, which need
# not be the one that MNN is in. By its source each conversion then sends its options, the model's size and a number of the machine to a
# server. The help names neither. The compiled part of the converter, the module _tools, does without.
# Output seen on 2026-12-01:
#   asked for: ['pip install -U aliyun-log-python-sdk']
#   the help speaks of it: False
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile MNN==3.6.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os
import subprocess
import sys
from pathlib import Path

stub = Path("stub/pip")
stub.parent.mkdir()
stub.write_text(f"#!/bin/sh\necho pip \"$@\" >> {Path.cwd()}/asked\nexit 1\n")
stub.chmod(0o755)
environment = {**os.environ, "PATH": f"{stub.parent.resolve()}:{os.environ['PATH']}"}
command = [str(Path(sys.executable).parent / "mnnconvert"), "--help"]
shown = subprocess.run(command, env=environment, capture_output=True, text=True).stdout
asked = sorted(set(Path("asked").read_text().splitlines()))
print("asked for:", asked)
print("the help speaks of it:", "aliyun" in shown.split("-sdk'")[-1] or "pip" in shown.split("-sdk'")[-1])
assert asked == ["pip install -U aliyun-log-python-sdk"], "the behaviour has changed"
PY
