"""Where the weights are that ship with the program."""

from pathlib import Path


def shipped_weights() -> Path:
    """Give ``weights/`` inside the installed package; beside it in a checkout, which a pyproject.toml betrays."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "pyproject.toml"
    return package.parent / "weights" if checkout.is_file() else package / "weights"
