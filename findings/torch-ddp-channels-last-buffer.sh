#!/usr/bin/env bash
# torch 2.13.0
# Input: a module with a buffer of shape (1, 3, 1, 1), the only one of its dtype, brought to channels-last order.
# Expected: DistributedDataParallel wraps it, as it does the same module in the usual order.
# Happens: it raises at once. The strides become (3, 1, 3, 3), and the first copy of a bucket that holds this tensor
# alone goes from the tensor to itself. A second buffer of that dtype, or the usual order, hides it.
# Output seen on 2026-11-29:
#   usual order, strides (3, 1, 1, 1): wrapped
#   channels last, strides (3, 1, 3, 3): RuntimeError: unsupported operation: some elements of the input tensor and the
#     written-to tens
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
import torch.distributed
from torch import nn

torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)


def wrapped(channels_last: bool) -> str:
    module = nn.Sequential(nn.Conv2d(3, 4, 3))
    module.register_buffer("mean", torch.zeros(1, 3, 1, 1, dtype=torch.float64))
    if channels_last:
        module = module.to(memory_format=torch.channels_last)
    words = f"{'channels last' if channels_last else 'usual order'}, strides {module.mean.stride()}"
    try:
        nn.parallel.DistributedDataParallel(module)
    except RuntimeError as error:
        return f"{words}: RuntimeError: {str(error)[:80]}"
    return f"{words}: wrapped"


lines = [wrapped(channels_last) for channels_last in (False, True)]
print("\n".join(lines))
assert lines[0].endswith("wrapped"), "the behaviour has changed"
assert "some elements of the input tensor" in lines[1], "the behaviour has changed"
PY
