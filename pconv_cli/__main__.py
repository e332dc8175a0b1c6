"""``python -m pconv_cli``: the same program as ``pconv``, and what torchrun starts."""

from pconv_cli.cli.app import main

if __name__ == "__main__":
    main()
