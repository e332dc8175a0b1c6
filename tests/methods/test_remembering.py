"""A method that remembers its fills: the same fills as without, from fewer calls, in no more room than it has."""

import numpy as np

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.remembering import RememberingBackend
from pconv_cli.methods.tiled.windows import Rgb


class Counting:
    """Fills with how many times it was called, and says the same."""

    name = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        self.calls += 1
        return np.where(mask[:, :, np.newaxis], rgb, np.float32(self.calls))

    def remark(self) -> str:
        return f"call {self.calls}"


def _image(number: int) -> tuple[Rgb, Mask]:
    mask = np.ones((6, 8), np.bool_)
    mask[2:4, 2:4] = False
    return np.full((6, 8, 3), number / 8, np.float32), mask


def test_the_same_holes_are_filled_once_and_said_to_be_so_again() -> None:
    method = Counting()
    backend = RememberingBackend(method, 1 << 20)
    for _ in range(2):
        for number in (1, 2):
            rgb, mask = _image(number)
            filled = backend.fill(rgb, mask)
            np.testing.assert_array_equal(filled[mask], rgb[mask])
            np.testing.assert_array_equal(filled[~mask], np.full((4, 3), number))
            assert (backend.remark(), backend.remark()) == (f"call {number}", "")
    rgb, mask = _image(1)
    assert backend.fill(rgb, mask, ~mask)[2, 2, 0] == 3  # other holes are wanted
    assert backend.fill(rgb, np.roll(mask, 1))[2, 3, 0] == 4
    rgb[0, 0] = 0.5
    assert backend.fill(rgb, mask)[2, 2, 0] == 5


def test_where_there_is_no_room_the_first_fills_are_kept_and_the_others_made_again() -> None:
    method = Counting()
    backend = RememberingBackend(method, 2 * 4 * 3 * 4 + 47)  # bytes of two fills
    calls = []
    for _ in range(2):
        for number in (1, 2, 3):
            backend.fill(*_image(number))
            calls.append(method.calls)
    assert calls == [1, 2, 3, 3, 3, 4]
