"""Label Studio: JSON, JSON-MIN and older exports. Values are percent of the image, brushes run lengths of RGBA."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.polarity import THRESHOLD
from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.raster import Points
from pconv_cli.masks.annotations.shapes import Bits, Rings, Shape, ShapeError, ellipse, points_of, turned
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import dicts, number, numbers, size_of, text

Size = tuple[int, int]


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is Label Studio's."""
    tasks = source.json
    if isinstance(tasks, dict):
        tasks = [tasks]
    return isinstance(tasks, list) and any(_is_task(task) or _is_minimal(task) for task in dicts(tasks))


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read every task: one image each, its annotations together."""
    content = source.json
    for task in dicts([content] if isinstance(content, dict) else content):
        if _is_task(task):
            names = _names(task.get("data"), task.get("file_upload"))
            done = task.get("annotations") if isinstance(task.get("annotations"), list) else task.get("completions")
            results = [result for one in dicts(done) for result in dicts(one.get("result"))]
        elif _is_minimal(task):
            names = _names(task)
            results = [one for value in task.values() if _is_results(value) for one in dicts(value)]
        else:
            continue
        yield _annotated(names, results)


def brush(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Unpack the run lengths of a brush.

    Bits, highest first: 32 of the number of values, 5 of a word's size less 1, four times 4 of a run's size less 1;
    then records of 1 bit (is the word repeated?), 2 bits (which size the run has), the run less 1, and one word or as
    many as the run is long.

    Args:
        packed: The bytes.

    Returns:
        ``(N,)`` uint8, for an image of W x H pixels with N = 4 W H: RGBA, row by row.

    Raises:
        ShapeError: They end too early, or claim words that are no bytes.
    """
    bits = np.unpackbits(packed)
    weights = 1 << np.arange(32, dtype=np.int64)[::-1]
    at = 0

    def take(count: int) -> int:
        nonlocal at
        part = bits[at : at + count]
        if len(part) < count:
            raise ShapeError("its brush strokes end in the middle")
        at += count
        return int(part @ weights[32 - count :])

    total, word = take(32), take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    if word > 8:
        raise ShapeError("its brush strokes hold words of more than 8 bits")
    if total > 64 * max(len(bits), 1) * (1 << max(sizes)):
        raise ShapeError("its brush strokes claim more values than they can hold")
    parts: list[NDArray[np.uint8]] = []
    done = 0
    while done < total:
        repeated = take(1)
        run = take(sizes[take(2)]) + 1
        if done + run > total:
            raise ShapeError("its brush strokes hold more values than they claim")
        if repeated:
            parts.append(np.full(run, take(word), np.uint8))
        else:
            words = bits[at : at + run * word]
            if len(words) < run * word:
                raise ShapeError("its brush strokes end in the middle")
            at += run * word
            parts.append((words.reshape(run, word) @ weights[32 - word :]).astype(np.uint8))
        done += run
    return np.concatenate(parts) if parts else np.zeros(0, np.uint8)


def _is_task(task: dict[str, Any]) -> bool:
    return any(
        isinstance(task.get(key), list) and any("result" in one for one in dicts(task[key]))
        for key in ("annotations", "completions")
    )


def _is_minimal(task: dict[str, Any]) -> bool:
    return any(_is_results(value) for value in task.values())


def _is_results(value: Any) -> bool:
    return isinstance(value, list) and any("original_width" in one for one in dicts(value))


def _names(data: Any, upload: Any = None) -> list[str]:
    """Return what a task calls its image: the end of its address, and without the eight digits that uploads get."""
    found = []
    for value in [*(data.values() if isinstance(data, dict) else ()), upload]:
        address = text(value)
        if not address:
            continue
        parts = urlsplit(address)
        path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
        name = PurePosixPath(path).name
        found += [name, re.sub(r"^[0-9a-f]{8}-", "", name)]
    return list(dict.fromkeys(found))


def _annotated(names: list[str], results: list[dict[str, Any]]) -> AnnotatedImage:
    found = AnnotatedImage(names)
    chosen: dict[str, str] = {}
    for result in results:
        label = _label(result)
        if label and text(result.get("id")):
            chosen.setdefault(result["id"], label)
    for result in results:
        value = result.get("value", result)
        if not isinstance(value, dict) or not {"points", "x", "rle"} & value.keys():
            continue
        try:
            size = size_of(result.get("original_height"), result.get("original_width"))
            if size is None:
                raise ShapeError("it does not say the size of its image")
            if found.size not in (None, size):
                raise ShapeError("it gives another size of the image than the others do")
            if number(result.get("image_rotation", 0), "image_rotation") % 360:
                raise ShapeError("its image was turned in Label Studio; turn it back there, and export again")
            shapes = _shapes(value, size)
            found.size = size
            found.regions.append(Region(_label(result) or chosen.get(str(result.get("id")), UNLABELLED), shapes))
        except ShapeError as error:
            found.skipped.append(f"result {result.get('id', '')}: {error}")
    return found


def _label(result: dict[str, Any]) -> str:
    value = result.get("value", result)
    for key, labels in value.items() if isinstance(value, dict) else ():
        if key.endswith("labels") and isinstance(labels, list) and labels:
            return text(labels[0])
    return ""


def _shapes(value: dict[str, Any], size: Size) -> list[Shape]:
    scale = np.array([size[1], size[0]]) / 100
    if "rle" in value:
        return [_strokes(value["rle"], size)]
    if "points" in value:
        return [Rings([points_of(value["points"]) * scale])]
    x, y = points_of([numbers(value, "x", "y")])[0] * scale
    rotation = number(value.get("rotation", 0), "rotation")
    if "radiusX" in value:
        across, down = np.array(numbers(value, "radiusX", "radiusY")) * scale
        return [ellipse(x, y, across, down, rotation)]
    if "height" in value:
        width, height = np.array(numbers(value, "width", "height")) * scale
        corners: Points = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
        return [Rings([turned(corners, rotation, corners[0])])]
    radius = number(value.get("width", 0), "width") * scale[0] / 2  # a key point, as wide as it is shown
    return [ellipse(x, y, radius, radius) if radius else Rings([np.array([[x, y]])], closed=False)]


def _strokes(packed: Any, size: Size) -> Bits:
    if not isinstance(packed, list) or not all(isinstance(byte, int) and 0 <= byte < 256 for byte in packed):
        raise ShapeError("its brush strokes are not a list of bytes")
    data = np.array(packed, np.uint8)
    if len(data) < 5 or int.from_bytes(data[:4].tobytes(), "big") != 4 * size[0] * size[1]:
        raise ShapeError("its brush strokes belong to an image of another size")
    return Bits(brush(data).reshape(*size, 4)[:, :, 3] >= THRESHOLD)
