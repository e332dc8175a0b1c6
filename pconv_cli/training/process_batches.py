"""Batches prepared by processes: torch's DataLoader over the same function of seed and number, so the same bits.

For folders that do not fit into memory and whose pictures take long to decode: threads share one interpreter, processes
do not.
"""

import signal
from collections.abc import Generator
from typing import Any, cast

from torch.utils.data import DataLoader, Dataset, get_worker_info

from pconv_cli.training.batches import Batch, TrainingBatches


class ProcessBatches:
    """`TrainingBatches` whose `ahead` uses processes.

    Args:
        batches: What each process computes from. A process keeps its share of the pictures that there is room for.
    """

    def __init__(self, batches: TrainingBatches) -> None:
        self._batches = batches

    def ahead(self, numbers: range, workers: int) -> Generator[Batch]:
        """The batches of these numbers in order, each prepared by processes while earlier ones are used."""
        loader: DataLoader[Any] = DataLoader(
            _Numbered(self._batches),
            batch_size=None,
            sampler=numbers,
            num_workers=workers,
            multiprocessing_context="spawn",
            worker_init_fn=_start,
            collate_fn=_as_it_is,
            pin_memory=self._batches.pin,
        )
        for batch, unreadable in loader:
            self._batches.note_unreadable(unreadable)
            yield batch


class _Numbered(Dataset[Any]):
    """What a process is asked for: batch ``number``, and the files that it could not read so far."""

    def __init__(self, batches: TrainingBatches) -> None:
        self.batches = batches

    def __getitem__(self, number: int) -> tuple[Batch, tuple[dict[int, str], dict[int, str]]]:
        return self.batches[number], self.batches.unreadable


def _start(worker: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process, and the run still needs batches then
    information = get_worker_info()
    assert information is not None
    cast(_Numbered, information.dataset).batches.share_room(information.num_workers)


def _as_it_is(sample: Any) -> Any:
    return sample
