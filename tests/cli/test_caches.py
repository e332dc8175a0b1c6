"""The caches of prepared convolutions: bounded before torch is loaded, and the user's own bound stays."""

import json
import os
import subprocess
import sys

ONEDNN, TORCH = "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"

PROGRAM = f"""
import json, os, sys
from pconv_cli.cli.app import main
early = "torch" not in sys.modules
sys.argv = ["pconv", "--version"]
try:
    main()
except SystemExit:
    print(json.dumps([early, os.environ["{ONEDNN}"], os.environ["{TORCH}"]]))
"""


def test_caches_are_bounded_before_torch_is_loaded_unless_the_user_did() -> None:
    environment = {key: value for key, value in os.environ.items() if key != TORCH} | {ONEDNN: "7"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment)
    early, onednn, torch = json.loads(done.stdout.splitlines()[-1])
    assert early
    assert onednn == "7"
    assert 1 <= int(torch) < 1024
