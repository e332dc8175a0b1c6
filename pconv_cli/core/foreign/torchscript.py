"""TorchScript: what an archive holds is read without running it; running it is running a program."""

import io
import pickle
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pconv_cli.core.foreign.signature import Signature, TensorPort
from pconv_cli.errors import ModelError, is_out_of_memory

# torch's names of the types of storages, as safetensors has them.
_STORED = {"Float": "F32", "Half": "F16", "BFloat16": "BF16", "Double": "F64", "Long": "I64", "Int": "I32"}

# More than any code or table of names takes, and no archive makes this program unpack more.
_LARGEST = 64 * 1024**2


def read_torchscript(path: Path) -> Signature:
    """Read what a TorchScript archive takes and gives, and run nothing of it.

    Raises:
        ModelError: It is damaged, or has no ``forward``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = archive.namelist()[0].partition("/")[0]
            table = _Inert(archive, f"{root}/data.pkl")
            top = type(table.load())
            code = _read(archive, f"{root}/code/{top.__module__.replace('.', '/')}.py").decode()
    except Exception as error:  # whatever a damaged archive raises
        raise ModelError(
            f"{path}: cannot be read as TorchScript ({_first_line(error)}); the file is damaged"
        ) from error
    of_class = code.partition(f"class {top.__name__}(Module):")[2]
    found = re.search(r"def forward\(self: [\w.]+(.*?)\) -> (.*?):\n", of_class, re.DOTALL)
    if found is None:
        raise ModelError(f"{path}: is TorchScript without a `forward`; it is not a network that fills images")
    arguments = re.findall(r"(\w+): ([^,]+(?:\[[^\]]*\])?)", found[1])
    inputs = tuple(TensorPort(name, "" if kind == "Tensor" else kind) for name, kind in arguments)
    counts = table.values
    stored = max(counts, key=lambda kind: counts[kind], default="F32")
    return Signature("TorchScript", inputs, (TensorPort("output", found[2]),), sum(counts.values()), stored)


class RunningTorchScript:
    """A TorchScript network in torch.

    Args:
        path: The file, of somebody who is trusted.
        device: Where it runs.

    Raises:
        ModelError: It cannot be loaded.
    """

    def __init__(self, path: Path, device: torch.device) -> None:
        self.device = device
        with warnings.catch_warnings():  # torch wants its own users to move on; the files in circulation stay
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                self._module = torch.jit.load(str(path), map_location=device)  # type: ignore[no-untyped-call]
            except (RuntimeError, ValueError) as error:
                if is_out_of_memory(error):
                    raise
                raise ModelError(f"{path}: torch cannot load it ({_first_line(error)}); take another file") from error
        if getattr(self._module, "training", False):
            self._module.eval()

    def __call__(self, inputs: Sequence[Tensor]) -> Tensor:
        """Run the network.

        Raises:
            ValueError: It does not run on these, or gives no tensor.
        """
        try:
            # It would be optimised for each new size of windows, which costs more than it gives.
            with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]  # which it is
                output = self._module(*(one.to(self.device) for one in inputs))
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            raise ValueError(_last_line(error)) from error
        if not isinstance(output, Tensor):
            raise ValueError(f"gives a {type(output).__name__} and no tensor")
        return output


class _Inert(pickle.Unpickler):
    """Reads a pickle in which every class is an empty one, so that nothing of it is run.

    Attributes:
        values: How many values are stored, by their kind.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(io.BytesIO(_read(archive, name)))
        self.values: Counter[str] = Counter()
        self._seen: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        return type(name, (_Nothing,), {"__module__": module})

    def persistent_load(self, place: Any) -> None:
        _, kind, key, _, count = place
        if key not in self._seen:
            self._seen.add(key)
            name = kind.__name__.removesuffix("Storage")
            self.values[_STORED.get(name, name)] += int(count)


class _Nothing:
    """Takes the place of whatever a pickle names."""

    def __new__(cls, *_: Any, **__: Any) -> "_Nothing":
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > _LARGEST:
        raise ValueError(f"{name} is too large")
    return archive.read(info)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _last_line(error: Exception) -> str:
    """What went wrong stands at the end of TorchScript's account of where it was."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].removeprefix("RuntimeError: ")[:200]
