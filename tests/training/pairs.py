"""Two processes that train as one run, as torchrun starts them; what one takes seconds to load, all pairs share."""

import json
import multiprocessing
import socket
from pathlib import Path
from typing import Any

# Each process is forked from one that has loaded torch, its optimisers and the trainer, and has computed nothing.
_START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"

_ROUND = """
import json, os
from pathlib import Path
import torch

os.environ.update(RANK={rank!r}, LOCAL_RANK={rank!r}, WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", OMP_NUM_THREADS="1")
torch.set_num_threads(1)
ports = {ports!r}

def meet():
    os.environ["MASTER_PORT"] = str(ports.pop())

from pconv_cli.training.records.report import SilentObserver

class Losses(SilentObserver):
    def __init__(self):
        self.losses = []
    def stepped(self, status):
        self.losses.append(status.loss)

given = json.loads({given!r})
{script}
Path({answer!r}).write_text(json.dumps(reported))
"""


def run_two(script: str, given: Any, meetings: int, folder: Path) -> list[Any]:
    """Run a script in two processes, and give what each of them has ``reported``, the leader first.

    Args:
        script: Calls ``meet()`` before each run that both join, and sets ``reported``, which JSON can hold. ``Losses``
            is an observer that keeps the loss of each step.
        given: What the script finds under this name, which JSON can hold.
        meetings: How often it calls ``meet()``.
        folder: Where the answers go, as 0.json and 1.json.
    """
    context = multiprocessing.get_context(_START)
    context.set_forkserver_preload(["torch._dynamo", "torch.distributed", "pconv_cli.training.trainer"])
    ports, answers, processes = _free_ports(meetings), [folder / f"{rank}.json" for rank in range(2)], []
    for rank, answer in enumerate(answers):
        code = _ROUND.format(rank=str(rank), ports=ports, given=json.dumps(given), script=script, answer=str(answer))
        processes.append(context.Process(target=exec, args=(code, {"__name__": "pair"})))
        processes[-1].start()
    try:
        for process in processes:
            process.join(120)
            assert process.exitcode == 0, f"ended with {process.exitcode}"
    finally:
        for process in processes:
            process.kill()
    return [json.loads(answer.read_text()) for answer in answers]


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
