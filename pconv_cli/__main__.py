"""The entry point ``pconv``; the same as ``python -m pconv_cli``, and what torchrun starts."""

import sys


def main() -> None:
    """Run the program; Ctrl-C ends it quietly also while it is being imported."""
    try:
        from pconv_cli.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
