"""Which files hold weights, known without torch; `pconv_cli.core.weights` reads them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from pconv_cli.arguments import StrPath
from pconv_cli.core.foreign.container import container_of
from pconv_cli.errors import ModelError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.shipped import shipped_weights

DEFAULT_WEIGHTS = "photo"


def weights_path(name_or_path: StrPath) -> Path:
    """Find a shipped set by its name, or a file by its path.

    Raises:
        ModelError: Neither.
    """
    shipped = shipped_path(name_or_path)
    if shipped is not None:
        return shipped
    if not str(name_or_path).strip():  # a variable that is not set; its path would be the current folder
        raise ModelError("the name of the weights is empty; `pconv weights list` names those that ship")
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.is_dir():
        raise ModelError(f"{path}: is a folder; name the file in it, usually weights.safetensors")
    known = ", ".join(sorted(p.stem for p in shipped_weights().glob("*.safetensors"))) or "none"
    raise ModelError(f"{name_or_path}: neither a file nor shipped weights; `pconv weights list` names those: {known}")


def shipped_path(name: StrPath) -> Path | None:
    """Find a shipped set by its name; None: there is none of this name."""
    shipped = {path.stem: path for path in shipped_weights().glob("*.safetensors")}
    return shipped.get(name) if isinstance(name, str) else None


def hashes_of_weights(name_or_path: StrPath = DEFAULT_WEIGHTS) -> dict[str, str]:
    """Give the SHA-256 of weights, and of the further files in which some ONNX files keep their values, by field.

    Raises:
        ModelError: As `load_weights`.
    """
    path = weights_path(name_or_path)
    with readable(path):
        beside = () if container_of(path) is None else _files_beside(path)
        found = {"weights_sha256": sha256_of(path)}
        if beside:
            found["weights_data_sha256"] = " ".join(map(sha256_of, beside))
    return found


def _files_beside(path: Path) -> Sequence[Path]:
    """Find the further files of a network of another project."""
    from pconv_cli.core.foreign.loading import read_foreign  # which imports torch

    signature = read_foreign(path)
    return () if signature is None else signature.beside


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Report a file that cannot be read.

    Raises:
        ModelError: It cannot.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{path}: cannot be read as safetensors ({error}); the file is damaged or of another kind"
        ) from error
