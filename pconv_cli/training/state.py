"""The state from which a run resumes exactly, and the log of figures that is cut back to it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pconv_cli.errors import ModelError, UsageError, option
from pconv_cli.files.atomic import atomic_path, unwritable
from pconv_cli.files.json_text import parse_json

STATE_FILE = "state.pt"
METRICS_FILE = "metrics.jsonl"
WEIGHTS_FILE = "weights.safetensors"

# What a state holds, and what it means; a program that changes either changes this number.
STATE_VERSION = 4

#: What a state holds of the run itself; a recipe's modules, which stand beside it, have other names.
RUN_NAMES = frozenset(
    {"version", "options", "images_hash", "processes", "seconds", "spent", "validation", "random"}
    | {"network", "spec", "step", "course", "terms", "average"}
)


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Write the state of a run, whole or not at all.

    Raises:
        OutputError: The folder cannot be written.
    """
    import torch  # a folder is looked at without it

    with atomic_path(folder / STATE_FILE) as temporary:
        try:
            torch.save({"version": STATE_VERSION, **state}, temporary)
        except RuntimeError as error:  # what torch makes of a full disk
            raise OSError(str(error).partition("\n")[0]) from error


def check_saved(folder: Path) -> None:
    """Refuse a folder without a run to resume.

    Raises:
        UsageError: It holds none.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        raise UsageError(
            f"{path}: no run to resume here; leave out {option('resume')}, or name the run's folder by {option('out')}"
        )


def load_state(folder: Path) -> dict[str, Any]:
    """Read the state of a run; nothing but tensors and plain values is unpickled.

    Raises:
        UsageError: There is no state to resume from.
        ModelError: The file is damaged, or another version of this program has written it.
    """
    check_saved(folder)
    import torch  # a folder is looked at without it

    try:
        state = torch.load(folder / STATE_FILE, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler raises kinds of its own
        raise unusable_state(folder, "damaged") from error
    if not isinstance(state, dict):
        raise unusable_state(folder, "not the state of a run of this program")
    if state.get("version") != STATE_VERSION:
        raise unusable_state(folder, "of another version of this program")
    return state


def unusable_state(folder: Path, why: str) -> ModelError:
    """Make the error for a state that no run can go on from."""
    return ModelError(
        f"{folder / STATE_FILE}: {why}; start from {folder / WEIGHTS_FILE} by {option('init')}, and another "
        f"{option('out')}"
    )


class MetricsLog:
    """``metrics.jsonl``: one JSON object a line, appended to as the run goes.

    Args:
        folder: The run's folder.
        from_step: Lines of this step and later ones are dropped: a resumed run writes them again. So is the validation
            of a run that was stopped, which one that never was would not have.
    """

    def __init__(self, folder: Path, from_step: int = 0) -> None:
        self.path = folder / METRICS_FILE
        records = read_metrics(folder) if self.path.is_file() and from_step else []
        with atomic_path(self.path) as temporary:
            kept = (f"{json.dumps(record)}\n" for record in records if _stays(record, from_step))
            temporary.write_text("".join(kept), encoding="utf-8")
        self._file = self.path.open("a", encoding="utf-8")

    def write(self, record: Mapping[str, Any]) -> None:
        """Append a line and hand it to the system, so that nothing is lost with the process.

        Raises:
            OutputError: It cannot be written, as on a full disk.
        """
        try:
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self.path, error) from error

    def close(self) -> None:
        """Close the file; a line that could not be written has raised by then."""
        with suppress(OSError):
            self._file.close()


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a run's ``metrics.jsonl``; a killed process or a full disk may have torn the last."""
    lines = (folder / METRICS_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    return [record for line in lines if (record := _record(line)) is not None]


def _stays(record: Mapping[str, Any], from_step: int) -> bool:
    return bool(record["step"] < from_step) and not record.get("stopped")


def _record(line: str) -> dict[str, Any] | None:
    """A line's figures; None for a torn line, or one that is not ours."""
    try:
        record = parse_json(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and type(record.get("step")) is int else None
