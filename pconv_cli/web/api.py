"""What the page may ask for: each request is checked and becomes one call; images go by their number, never by path."""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import PconvError, UsageError
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.annotations.shapes import ShapeError
from pconv_cli.masks.detect.detection import Search, detect
from pconv_cli.masks.detect.learned import MARGIN, STEP
from pconv_cli.masks.edits import FillChoice, as_record
from pconv_cli.masks.kinds import Damage
from pconv_cli.methods.names import Method
from pconv_cli.methods.options import FillOptions
from pconv_cli.tiling.halving import any_of_blocks
from pconv_cli.tiling.rect import Framed, Rect
from pconv_cli.web.fills import fill_part
from pconv_cli.web.workspace import OpenMask, Workspace

#: Side of a tile on the screen, in pixels.
TILE = 256

#: The most pixels in which damage is looked for, or a colour is flooded, at a time.
SEARCHED = 6_000_000

# Red for the hole, blue for proposals, as palette with transparency.
_COLOURS = [0, 0, 0, 230, 0, 60, 20, 90, 255]
_OPACITY = bytes([0, 120, 130])


@dataclass(frozen=True)
class Reply:
    """An answer: JSON, an image, or the word that something is still under way."""

    status: int = 200
    json: Any = None
    body: bytes = b""
    kind: str = "application/json"


class NotFound(UsageError):
    """No such image or request."""


class Api:
    """Answers requests about a workspace.

    Args:
        workspace: The folders.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._steps: Mapping[str, Callable[[str, OpenMask, dict[str, Any]], Any]] = {
            "brush": self._brush,
            "area": self._area,
            "flood": self._flood,
            "grow": self._grow,
            "clear": self._clear,
            "propose": self._propose,
            "judge": self._judge,
            "method": self._method,
            "undo": lambda name, work, ask: work.drawing.undo(),
            "redo": lambda name, work, ask: work.drawing.redo(),
        }

    def images(self) -> Reply:
        """List the images, and what may be done to them."""
        return Reply(
            json={
                "images": self._workspace.listing(),
                "methods": [method.value for method in Method],
                "varied": [method.value for method in Method if FillOptions(method=method).varies],
                "damage": [damage.value for damage in Damage],
            }
        )

    def image(self, number: str) -> Reply:
        """Describe one image and its mask."""
        name = self._name(number)
        work = self._workspace.work(name)
        with self._workspace.image(name) as shown:
            height, width = shown.size
        return Reply(json={"name": name, "width": width, "height": height, **self._state(name, work)})

    def tile(self, number: str, zoom: str, column: str, row: str) -> Reply:
        """Give a tile of an image as JPEG; status 202 while a scan's reduced copy is being read."""
        name = self._name(number)
        with self._workspace.image(name) as shown:
            window, reduced = _tile_window(shown.size, zoom, column, row)
            rgb = shown.tile(window, reduced)
        if rgb is None:
            return Reply(202, json={"wait": True})
        return Reply(body=_encoded(rgb, ".jpg"), kind="image/jpeg")

    def mask(self, number: str, zoom: str, column: str, row: str) -> Reply:
        """Give a tile of a mask and its proposals as a PNG to lay over the image."""
        work = self._workspace.work(self._name(number))
        window, reduced = _tile_window(work.drawing.size, zoom, column, row)
        with work.lock:
            hole, proposed = (_any(mask, window, reduced) for mask in (work.drawing.mask, work.drawing.proposals))
        marks = np.where(hole, 1, np.where(proposed, 2, 0)).astype(np.uint8)
        image = Image.fromarray(marks)
        image.putpalette(_COLOURS)
        data = io.BytesIO()
        image.save(data, "PNG", transparency=_OPACITY)
        return Reply(body=data.getvalue(), kind="image/png")

    def step(self, number: str, ask: dict[str, Any]) -> Reply:
        """Change a mask by one step."""
        name = self._name(number)
        work = self._workspace.work(name)
        do = self._steps.get(str(ask.get("kind")))
        if do is None:
            raise NotFound(f"there is no step {ask.get('kind')!r}")
        with work.lock:
            try:
                answer = do(name, work, ask)
            except ShapeError as error:
                raise UsageError(str(error)) from error
            return Reply(json={**self._state(name, work), "answer": answer})

    def fill(self, number: str, ask: dict[str, Any]) -> Reply:
        """Restore the part that is on the screen, as PNG; status 204 where there is nothing to fill."""
        name = self._name(number)
        work = self._workspace.work(name)
        window = _window(ask, work.drawing.size)
        filled = fill_part(self._workspace, name, window, Method(str(ask.get("method"))), _seed(ask))
        if filled is None:
            return Reply(204)
        return Reply(body=_encoded(filled.rgb, ".png"), kind="image/png")

    def save(self, number: str, ask: dict[str, Any]) -> Reply:
        """Write a mask to its file; the request says nothing more."""
        name = self._name(number)
        work = self._workspace.work(name)
        with work.lock:
            record = self._workspace.save(name)
            return Reply(json={**self._state(name, work), "record": record})

    def _name(self, number: str) -> str:
        if not (number.isdecimal() and len(number) < 8) or int(number) >= len(self._workspace.names):
            raise NotFound("there is no such image")
        return self._workspace.names[int(number)]

    def _state(self, name: str, work: OpenMask) -> dict[str, Any]:
        drawing = work.drawing
        return {
            "version": drawing.version,
            "state": self._workspace.state(name),
            "undo": drawing.can_undo,
            "redo": drawing.can_redo,
            "hole_ratio": drawing.hole_ratio,
            "proposed": drawing.proposed,
            "method": None,
            "seed": 0,
            **as_record(work.choice),
        }

    def _brush(self, name: str, work: OpenMask, ask: dict[str, Any]) -> None:
        work.drawing.brush(ask.get("points", []), _number(ask, "radius", 0.5, 4096), erase=bool(ask.get("erase")))

    def _area(self, name: str, work: OpenMask, ask: dict[str, Any]) -> None:
        work.drawing.area(ask.get("points", []), erase=bool(ask.get("erase")))

    def _flood(self, name: str, work: OpenMask, ask: dict[str, Any]) -> None:
        x, y = int(_number(ask, "x", -1e7, 1e7)), int(_number(ask, "y", -1e7, 1e7))
        window = _around(x, y, work.drawing.size)
        with self._workspace.image(name) as shown:
            rgb = shown.window(window)
        tolerance = int(_number(ask, "tolerance", 0, 255))
        work.drawing.flood(rgb, window, x, y, tolerance, erase=bool(ask.get("erase")))

    def _grow(self, name: str, work: OpenMask, ask: dict[str, Any]) -> None:
        work.drawing.grow(
            int(_number(ask, "px", -200, 200)), _window(ask, work.drawing.size) if "window" in ask else None
        )

    def _clear(self, name: str, work: OpenMask, ask: dict[str, Any]) -> None:
        work.drawing.clear(_window(ask, work.drawing.size) if "window" in ask else None)

    def _propose(self, name: str, work: OpenMask, ask: dict[str, Any]) -> int:
        window = _window(ask, work.drawing.size)
        if window.area > SEARCHED:
            raise UsageError("zoom in: at most 6 million pixels are searched at a time")
        methods = [Damage(str(kind)) for kind in ask.get("damage", [])]
        colours = [_colour(str(colour)) for colour in ask.get("colours", [])]
        # With this margin the network says of a pixel what it would in any view. An area that goes on beyond the view
        # is judged by what is seen of it.
        seen = Framed(window, window.grown(MARGIN, work.drawing.size, STEP))
        with self._workspace.image(name) as shown:
            rgb = np.divide(shown.window(seen.outer), 255, dtype=np.float32)
        return work.drawing.propose(window, seen.cut(~detect(rgb, Search(methods, colours))))

    def _judge(self, name: str, work: OpenMask, ask: dict[str, Any]) -> bool:
        accept = bool(ask.get("accept"))
        if accept:
            work.origin = "detected"
        if "window" in ask:
            work.drawing.judge_all(_window(ask, work.drawing.size), accept=accept)
            return True
        x, y = int(_number(ask, "x", -1e7, 1e7)), int(_number(ask, "y", -1e7, 1e7))
        return work.drawing.judge(x, y, _around(x, y, work.drawing.size), accept=accept)

    def _method(self, name: str, work: OpenMask, ask: dict[str, Any]) -> None:
        method = ask.get("method")
        if method is None:
            work.choice = None
            return
        options = FillOptions(method=str(method), seed=_seed(ask))  # says what does not fit together
        work.choice = FillChoice(options.method.value, options.seed)


def _number(ask: dict[str, Any], key: str, low: float, high: float) -> float:
    value = ask.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise UsageError(f"{key} must be a number")
    return float(min(high, max(low, value)))


def _seed(ask: dict[str, Any]) -> int:
    return int(_number(ask, "seed", 0, 2**32 - 1)) if "seed" in ask else 0


def _window(ask: dict[str, Any], size: tuple[int, int]) -> Rect:
    """The window ``[left, top, width, height]`` of a request, cut to the image."""
    values = ask.get("window")
    if not isinstance(values, list) or len(values) != 4:
        raise UsageError("window must be left, top, width and height")
    left, top, width, height = (int(_number({"window": value}, "window", -1e7, 1e7)) for value in values)
    rect = Rect(top, left, height, width).overlap(Rect.whole(size))
    if rect is None:
        raise UsageError("window lies outside the image")
    return rect


def _around(x: int, y: int, size: tuple[int, int]) -> Rect:
    """The window about a point in which a flood or a proposal is followed, cut to the image."""
    half = math.isqrt(SEARCHED) // 2
    if not (0 <= x < size[1] and 0 <= y < size[0]):
        raise UsageError("the point lies outside the image")
    return Rect(y, x, 0, 0).grown(half, size)


def _tile_window(size: tuple[int, int], zoom: str, column: str, row: str) -> tuple[Rect, int]:
    """The window of a tile and how many times it is reduced; zoom 0 is full size, each further one half of it."""
    if not all(part.isdecimal() and len(part) < 8 for part in (zoom, column, row)) or int(zoom) > 20:
        raise NotFound("there is no such tile")
    reduced = 1 << int(zoom)
    top, left = int(row) * TILE * reduced, int(column) * TILE * reduced
    if top >= size[0] or left >= size[1]:
        raise NotFound("there is no such tile")
    bottom, right = min(size[0], top + TILE * reduced), min(size[1], left + TILE * reduced)
    return Rect.between(top, left, bottom, right), reduced


def _any(mask: PackedMask, rect: Rect, factor: int) -> NDArray[np.bool_]:
    """A window of a mask at a part of its size; a pixel is hole where any of those in it is."""
    return mask.some(rect, factor) if factor % 8 == 0 else any_of_blocks(mask.hole(rect), factor)


def _encoded(rgb: NDArray[np.uint8], suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise PconvError("a part of the image could not be encoded for the page")
    return data.tobytes()


def _colour(text: str) -> tuple[int, int, int]:
    digits = text.removeprefix("#")
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise UsageError(f"{text[:20]!r} is not a colour; write #RRGGBB")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
