"""Every error that a user can cause, each with its exit code and a message that says what to do.

    PconvError              1    something unexpected
    |-- UsageError          2    options that do not fit together or lie outside their range
    |-- FileError           3    one file cannot be read, paired or written; the rest of a batch goes on
    |   |-- PictureError         a picture that cannot be decoded or is of a kind that is not supported
    |   |-- MaskError            a mask that is missing, ambiguous, of another size, or of no use
    |   `-- OutputError          a place that cannot be written
    |-- NothingToDo         4    an empty folder, or no file of a known kind
    |-- ModelError          5    weights or a configuration that cannot be used
    `-- Interrupted       130    Ctrl-C, after what was under way has been saved

A message is one line: it names the file or the option, says what is wrong, and then what to do about it.
"""


class PconvError(Exception):
    """Base of all errors of this package; ``exit_code`` is the status with which the program ends."""

    exit_code: int = 1


class UsageError(PconvError):
    """Options that contradict each other or lie outside their range."""

    exit_code = 2


class FileError(PconvError):
    """One file cannot be used; in a batch, that file fails and the rest goes on."""

    exit_code = 3


class PictureError(FileError):
    """A picture that cannot be decoded, or whose kind is not supported."""


class MaskError(FileError):
    """A mask that is missing, ambiguous, of another size than its picture, or without any use."""


class OutputError(FileError):
    """A file or folder that cannot be written."""


class NothingToDo(PconvError):
    """There is no file to work on."""

    exit_code = 4


class ModelError(PconvError):
    """Weights, or a model configuration, that cannot be used."""

    exit_code = 5


class Interrupted(PconvError):
    """The user stopped the run; what was finished or can be resumed has been saved."""

    exit_code = 130
