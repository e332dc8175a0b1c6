"""What kind of file a path holds, by its first bytes and not by its name."""

import zipfile
from pathlib import Path
from typing import Literal

from pconv_cli.errors import ModelError

Container = Literal["ONNX", "TorchScript"]

_HDF5 = b"\x89HDF\r\n\x1a\n"

# Pickles of protocol 2 and later, as `torch.save` wrote them before it wrote archives.
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))

# The first field of an ONNX file, its `ir_version`, as a tag of Protocol Buffers.
_IR_VERSION = b"\x08"


def container_of(path: Path) -> Container | None:
    """Find which kind of network a file is; None: none that is known, and maybe weights of this program.

    Raises:
        ModelError: The file holds a checkpoint, which has values and no network, or a program that is not run here.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        first = file.read(16)
    if first[8:9] == b"{":  # safetensors: the length of a header in JSON, then the header
        return None
    if first.startswith(b"PK\x03\x04"):
        return _of_archive(path)
    if first.startswith(_PICKLES) or first.startswith(_HDF5):
        raise _checkpoint(path)
    return "ONNX" if first.startswith(_IR_VERSION) else None


def _of_archive(path: Path) -> Container | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path}: is a damaged archive ({error}); get it again") from error
    inside = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inside and any(name.startswith("code/") for name in inside):
        return "TorchScript"
    if "data.pkl" in inside:
        raise _checkpoint(path)
    if "archive_format" in inside:
        raise ModelError(f"{path}: is a program that torch.export wrote, which is not run here; export it as ONNX")
    return None


def _checkpoint(path: Path) -> ModelError:
    from pconv_cli.core.networks.registry import architectures

    families = ", ".join(family for known in architectures() for family in known.families)
    return ModelError(
        f"{path}: is a checkpoint, which holds values and no network; `pconv weights import` reads those of {families}"
    )
