"""The entry point ``pconv``; the same as ``python -m pconv_cli``, and what torchrun starts."""

import os
import sys

from pconv_cli.errors import is_out_of_memory


def main() -> None:
    """Run the program; Ctrl-C, and what it cannot even begin with, end it quietly also while it is being imported."""
    try:
        os.getcwd()  # noqa: PTH109  (no import more)
    except OSError:  # libraries look for their parts from there, and some end the process without a word to us
        sys.exit(_ended("the working folder no longer exists; change to one that does (cd), and start again", 2))
    try:
        from pconv_cli.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except (ImportError, MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        sys.exit(_ended("out of memory before anything was done; close other programs, or use a larger machine", 1))


def _ended(why: str, status: int) -> int:
    """Say why in the words of `pconv_cli.cli.console`, which may be out of reach."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"error: {why}\n")
            sys.stderr.flush()
        except OSError:  # nobody reads it
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return status


if __name__ == "__main__":
    main()
