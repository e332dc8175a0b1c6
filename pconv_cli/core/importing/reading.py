"""Reading the files that foreign checkpoints come in; nothing in them is ever executed."""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from pconv_cli.errors import ModelError, option


def read_pickle(path: Path, entry: str | None = None) -> dict[str, Any]:
    """Read what ``torch.save`` wrote: tensors and plain values, and nothing that could run code.

    Args:
        path: The file.
        entry: The entry of the outermost dictionary in which the values lie; None: it is itself that dictionary.

    Raises:
        ModelError: The file is missing, damaged, of another kind, holds more than that, or has no such entry.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise unreadable(path, error) from error
    except UnpicklingError as error:
        if not any(word in str(error) for word in ("GLOBAL", "reduce", "Can only create", "Can only build")):
            raise damaged(path, "checkpoint of PyTorch") from error
        raise ModelError(
            f"{path}: holds more than tensors and plain values, so it could run code, and is not loaded; "
            "save only the tensors, in the program that it comes from"
        ) from error
    except Exception as error:  # a damaged archive raises kinds of its own
        raise damaged(path, "checkpoint of PyTorch") from error
    if entry is not None and isinstance(content, Mapping):
        if entry not in content:
            raise ModelError(
                f"{path}: has no entry {entry!r}; name the family that it belongs to by {option('family')}"
            )
        content = content[entry]
    if not isinstance(content, Mapping):
        raise ModelError(f"{path}: holds a {type(content).__name__} where a dictionary of tensors was expected")
    return {str(name): value for name, value in content.items()}


def read_keras(path: Path) -> dict[str, Tensor]:
    """Read a file of weights as Keras writes it in HDF5.

    Returns:
        Values by ``layer/weight``, without what Keras repeats or numbers in between.

    Raises:
        ModelError: h5py is not installed, or the file is missing, damaged or of another kind.
    """
    try:
        import h5py
    except ImportError as error:
        raise ModelError("reading Keras's files takes h5py: pip install 'pconv-cli[keras]'") from error
    values: dict[str, Tensor] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            parts = name.split("/")
            values[f"{parts[0]}/{parts[-1].partition(':')[0]}"] = torch.from_numpy(item[()])

    try:
        with path.open("rb") as stream, h5py.File(stream, "r") as file:
            file.visititems(visit)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise unreadable(path, error) from error
    except (OSError, RuntimeError, TypeError, ValueError, KeyError) as error:
        raise damaged(path, "HDF5 file of Keras's weights") from error
    return values


def unreadable(path: Path, error: OSError) -> ModelError:
    """Make the error for a file that cannot be opened or read."""
    return ModelError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()}); name the checkpoint's file")


def damaged(path: Path, kind: str) -> ModelError:
    """Make the error for a file that is not what it should be."""
    return ModelError(f"{path}: cannot be read as a {kind}; the file is damaged or of another kind")
