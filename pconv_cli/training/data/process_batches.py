"""Batches prepared by processes: torch's DataLoader over the same function of seed and number, so the same bits.

For folders that do not fit into memory and whose images take long to decode: threads share one interpreter, processes
do not.
"""

import os
import signal
import threading
from collections.abc import Generator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from torch.utils.data import DataLoader, Dataset, get_worker_info

from pconv_cli.errors import Naming, PconvError, current_naming
from pconv_cli.masks.workers import signals_held, start_worker
from pconv_cli.stops import STOP_SIGNALS
from pconv_cli.training.data.batches import Batch, TrainingBatches


class ProcessBatches:
    """`TrainingBatches` whose `ahead` uses processes.

    Args:
        batches: What each process computes from. A process keeps its share of the images that there is room for.
    """

    def __init__(self, batches: TrainingBatches) -> None:
        self._batches = batches

    def ahead(self, numbers: range, workers: int) -> Generator[Batch]:
        """Yield the batches of these numbers in order, each prepared by processes while earlier ones are used.

        Raises:
            PconvError: What a process could not do, as `TrainingBatches` raises it.
        """
        context = get_context("spawn")
        end, ending = context.Pipe(duplex=False)
        context.Lock()  # the first one starts a process of Python's, which would let held signals through
        loader: DataLoader[Any] = DataLoader(
            _BatchReply(self._batches),
            batch_size=None,
            sampler=numbers,
            num_workers=workers,
            multiprocessing_context=context,
            worker_init_fn=partial(_start, end, current_naming()),
            collate_fn=_as_it_is,
            pin_memory=self._batches.pin,
        )
        with signals_held():
            prepared = iter(loader)
        try:
            for batch, unreadable in prepared:
                self._batches.note_unreadable(unreadable)
                if isinstance(batch, PconvError):
                    raise batch
                yield batch
        finally:
            del prepared  # ends the processes, unless a traceback holds it too
            ending.close()
            end.close()


class _BatchReply(Dataset[Any]):
    """What a process is asked for: batch ``number`` or why there is none, and the files that it could not read so far.

    An error is given and not raised, since the DataLoader puts a traceback into the words of those it passes on.
    """

    def __init__(self, batches: TrainingBatches) -> None:
        self.batches = batches

    def __getitem__(self, number: int) -> tuple[Batch | PconvError, tuple[dict[int, str], dict[int, str]]]:
        batch: Batch | PconvError
        try:
            batch = self.batches[number]
        except PconvError as error:
            batch = type(error)(str(error))  # without what it was raised from, which may not travel
        return batch, self.batches.unreadable


def _start(end: Connection, naming: Naming, worker: int) -> None:
    # Signals may reach every process, and the run still needs batches then; torch has set its own for SIGTERM.
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    start_worker(naming=naming)
    threading.Thread(target=_end_when_closed, args=(end,), daemon=True).start()
    information = get_worker_info()
    assert information is not None
    cast(_BatchReply, information.dataset).batches.share_room(information.num_workers)


def _end_when_closed(end: Connection) -> None:
    wait([end])
    os._exit(0)


def _as_it_is(sample: Any) -> Any:
    return sample
