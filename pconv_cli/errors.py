"""Every error that a user can cause, each with its exit code and a message that says what to do.

    PconvError              1    something unexpected
    |-- UsageError          2    options that do not fit together or lie outside their range; a ValueError, too
    |-- FileError           3    one file cannot be read, paired or written; the rest of a batch goes on
    |   |-- ImageError         an image that cannot be decoded or is of a kind that is not supported
    |   |-- MaskError            a mask that is missing, ambiguous, of another size, or of no use
    |   |-- FillError            a method that fails on an image, whose name is put in front
    |   `-- OutputError          a place that cannot be written
    |-- NothingToDo         4    an empty folder, or no file of a known kind
    |-- ModelError          5    weights or a configuration that cannot be used
    |   `-- DivergedError        a training whose loss is no longer a finite number
    `-- Interrupted       130    Ctrl-C, after what was under way has been saved

A message is one line: it names the file or the option, says what is wrong, and then what to do about it. It names an
option by `option`, since its readers know the option by two names: its field from Python, its flag from the command
line.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENAMETOOLONG
from pathlib import Path

# How torch, CUDA's libraries (CUDNN_STATUS_ALLOC_FAILED) and OpenCV say it where they have no class of their own for
# it.
_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_cpu",
    "alloc_failed",
    "insufficient memory",
    "cannot allocate memory",
    "failed to map segment",
)

_ROOM = "cut it into parts, or use a larger machine"

#: Gives the name of an option that a reader knows, from the name of its field.
Naming = Callable[[str], str]


def field_name(field: str) -> str:
    """Name an option as callers from Python know it: the field, marked as code."""
    return f"`{field}`"


_naming: Naming = field_name


def option(field: str) -> str:
    """Name an option in a message or a warning, as its reader knows it.

    Only ``cli/`` knows flags. Below it, messages name the fields of options classes and the parameters of functions,
    always through this function, and the command line installs its own names by `options_named`, as a program installs
    the translations of its language. Call it where the message is made, not when a module is imported.

    Args:
        field: The name of the field or parameter, such as ``allow_missing``; or arguments as a call has them, such as
            ``compile=False``, where the command line has a flag for them.

    Returns:
        The name in backticks; the flag on the command line.
    """
    return _naming(field)


def current_naming() -> Naming:
    """Give what `option` names options by now, to hand on to worker processes."""
    return _naming


def name_options_by(naming: Naming) -> None:
    """Name options by a function of a module from here on, in all threads of this process."""
    global _naming
    _naming = naming


@contextmanager
def options_named(naming: Naming) -> Iterator[None]:
    """Name options by ``naming`` inside this block, in all threads of this process."""
    before = current_naming()
    name_options_by(naming)
    try:
        yield
    finally:
        name_options_by(before)


class PconvError(Exception):
    """Base of all errors of this package; ``exit_code`` is the status with which the program ends.

    Example:
        >>> try:
        ...     load_weights("nowhere.safetensors")
        ... except PconvError as error:
        ...     print(type(error).__name__, error.exit_code)
        ModelError 5
    """

    exit_code: int = 1


class UsageError(PconvError, ValueError):
    """Options or arguments that contradict each other or lie outside their range; what Python calls a `ValueError`."""

    exit_code = 2


class FileError(PconvError):
    """One file cannot be used; in a batch, that file fails and the rest goes on."""

    exit_code = 3


class ImageError(FileError):
    """An image that cannot be decoded, or whose kind is not supported."""


class MaskError(FileError):
    """A mask that is missing, ambiguous, of another size than its image, or without any use."""


class FillError(FileError):
    """A method fails on an image that it knows no name of; `error_of` puts the file's name in front."""


class OutputError(FileError):
    """A file or folder that cannot be written."""


class PlaceError(OutputError):
    """A place that cannot be written, found out before any work; nothing is done, and another place has to be named."""

    exit_code = 2


class NothingToDo(PconvError):
    """There is no file to work on."""

    exit_code = 4


class ModelError(PconvError):
    """Weights, or a model configuration, that cannot be used."""

    exit_code = 5


class DivergedError(ModelError):
    """A training whose loss, or that of its held-out images, is no longer a finite number."""


class Interrupted(PconvError):
    """The user stopped the run; what was finished or can be resumed has been saved."""

    exit_code = 130


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error means that memory ran out, on a GPU or in the machine."""
    kind = type(error)
    if isinstance(error, MemoryError) or kind.__name__ == "OutOfMemoryError":  # torch's, without importing it
        return True
    # A library that is loaded needs memory, too, and so does a process that is started.
    allocators = isinstance(error, RuntimeError | ImportError | OSError) or kind.__module__ == "cv2"
    return allocators and any(word in str(error).lower() for word in _WORDS)


@contextmanager
def out_of_memory_reported(remedy: str) -> Iterator[None]:
    """Turn what is raised when memory runs out into one line.

    Args:
        remedy: What to do about it.

    Raises:
        ModelError: Memory ran out.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise ModelError(f"out of memory; {remedy}") from error


@contextmanager
def one_file(path: Path | str, *, room: str = _ROOM) -> Iterator[None]:
    """Work on one file of many inside this block: anything that goes wrong leaves it as an error of that file.

    Every loop over files has such a block in it, so that no fault of a library, nor one of ours, can end the work on
    the files that follow.

    Args:
        path: The file, for the message.
        room: What to do where memory runs out.

    Raises:
        FileError: Something failed, of any kind but a `PconvError`, which passes as it is.
    """
    try:
        yield
    except Exception as error:
        raise error_of(error, path, room=room) from error


def error_of(error: Exception, path: Path | str, *, room: str = _ROOM) -> PconvError:
    """Turn an exception into the error of the file that was worked on; see `one_file`."""
    if isinstance(error, FillError):
        return FileError(f"{path}: {error}")
    if isinstance(error, PconvError):
        return error
    if is_out_of_memory(error):
        return FileError(f"{path}: does not fit into memory; {room}")
    if isinstance(error, OSError) and error.strerror:
        remedy = "shorten the name" if error.errno == ENAMETOOLONG else "check path and permissions"
        return FileError(f"{error.filename or path}: cannot be used ({error.strerror.lower()}); {remedy}")
    first_line = (str(error).strip().splitlines() or [""])[0][:200]
    return FileError(f"{path}: failed unexpectedly ({type(error).__name__}: {first_line}); please report it")
