"""A folder of images for files of other projects, and `pconv` called."""

import numpy as np
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app

SIZE = (90, 130)


def waves() -> np.ndarray:
    """A smooth image in colour, ``(H, W, 3)`` in [0, 1]."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.stack([0.5 + 0.3 * np.sin(rows / 40 + channel + columns / (30 + 9 * channel)) for channel in range(3)], 2)


def hole() -> np.ndarray:
    """Scattered small holes, 5 % of the image."""
    mask = np.zeros(SIZE, bool)
    for row, column in np.random.default_rng(3).integers(0, (SIZE[0] - 8, SIZE[1] - 8), (10, 2)):
        mask[row : row + 8, column : column + 8] = True
    return mask


def pconv(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def inpaint(*more: str) -> Result:
    return pconv("inpaint", "in", "--masks", "m", "--out", "out", "--device", "cpu", *more)


def one_line(result: Result, code: int) -> str:
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    return line
