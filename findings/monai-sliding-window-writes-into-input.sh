#!/usr/bin/env bash
# MONAI 1.6.1 (sliding_window_inference, mode="gaussian") with torch 2.13.0
# Input: a white image of 64 x 64 in windows of 32 x 32; a predictor that returns a window as it is if nothing has to be filled.
# Expected: the white image, and an input that stays as it was, as with a predictor that returns a copy.
# Happens: with windows one at a time (sw_batch_size=1) the weights are multiplied into what the predictor returns, here a view of
# the input. The input is overwritten, later windows read it, and the result is black at the edges of the windows.
# Output seen on 2026-11-30:
#   a copy, 1 at a time: 0 px of the result wrong, 0 px of the input changed
#   a copy, 4 at a time: 0 px of the result wrong, 0 px of the input changed
#   the window itself, 1 at a time: 2940 px of the result wrong, 4096 px of the input changed
#   the window itself, 4 at a time: 0 px of the result wrong, 0 px of the input changed
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
from monai.inferers import sliding_window_inference

for name, predictor in (("a copy", torch.clone), ("the window itself", lambda window: window)):
    for batch in (1, 4):
        image = torch.ones(1, 1, 64, 64)
        done = sliding_window_inference(image, (32, 32), batch, predictor, overlap=0.25, mode="gaussian")
        wrong, changed = int(((done - 1).abs() > 0.01).sum()), int((image != 1).sum())
        print(f"{name}, {batch} at a time: {wrong} px of the result wrong, {changed} px of the input changed")
        expected = name == "a copy" or batch > 1
        assert (wrong == 0) == (changed == 0) == expected, "the behaviour has changed"
PY
