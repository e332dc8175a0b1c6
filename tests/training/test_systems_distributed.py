"""Two processes train the networks of other papers as one run."""

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, os, sys
import torch
from pconv_cli.training.learner import Learner
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

runs, ports = json.loads(sys.argv[1])
reported, kept, usual = [], [], Learner.__init__
def init(self, *arguments):
    usual(self, *arguments)
    kept.append(self)
Learner.__init__ = init
for given in runs:
    os.environ["MASTER_PORT"] = str(ports.pop())
    report = train(resolve_options(None, given))
    values = [p.detach().flatten() for m in kept[-1].recipe.modules.values() for p in m.parameters()]
    reported.append([report.steps, torch.cat(values).double().sum().item()])
print(json.dumps(reported))
"""


@pytest.fixture(scope="module")
def reported(images, tmp_path_factory):
    from tests.training.test_distributed import free_ports

    small = {"data": str(images), "width": 2, "batch": 2, "validation": 0.2, "precision": "float32", "device": "cpu"}
    encoder = {**small, "network": "context-encoder", "crop": 64, "steps": 2}
    own = {"size": "64", "bottleneck": "5"}
    runs = [
        {**encoder, "network_options": {**own, "output": "image"}},
        {**encoder, "network_options": {**own, "output": "centre"}},
        {**small, "network": "global-local", "crop": 32, "steps": 12},
    ]
    out = tmp_path_factory.mktemp("two")
    runs = [{**run, "out": str(out / str(number))} for number, run in enumerate(runs)]
    command = [sys.executable, "-c", SCRIPT, json.dumps([runs, free_ports(len(runs))])]
    processes = []
    for rank in range(2):
        environment = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
        environment = {**os.environ, **environment, "OMP_NUM_THREADS": "1"}
        processes.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
    return [json.loads(process.communicate(timeout=120)[0]) for process in processes]


def test_weights_of_all_sides_do_not_part(reported):
    """Through windows that only some images have, and stages in which sides rest."""
    leader, follower = reported
    assert [steps for steps, _ in leader] == [2, 2, 12]
    assert leader == follower
