"""Is an output what it has to be? Decided by decoders that `pconv` does not use for the file at hand.

Inputs are damaged, and decoders then differ in what they make of one. An output is wrong where at least one other
decoder reads the input as an image of the same size and depth, and none reads the samples that the output holds.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

Samples = NDArray[Any]

#: How far a mean sample of a file with loss may lie off where two decoders round differently, in steps of 8 bits.
_ROUNDING = 2.0

#: The same where a JPEG is saved again with its own tables, in blocks without a hole.
_SAVED_AGAIN = 16.0

# TIFF's tags.
_WHOLE = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 16: "Q", 17: "q"}  # types, libtiff takes any of them
_BITS, _PACKING, _POLARITY, _CHANNELS, _PLANES, _ALPHA = 258, 259, 262, 277, 284, 338


class Verdict(NamedTuple):
    """What became of one input: ``same``, ``not comparable`` or ``wrong``, and in words why."""

    kind: str
    why: str = ""


def judge_image(source: bytes, output: bytes, known: NDArray[np.bool_] | None, threshold: int) -> Verdict:
    """Compare an output with its input where nothing was to be filled.

    Args:
        source: The file that was to be restored.
        output: What came of it.
        known: ``(H, W)``, True = valid; None: where the image is opaque.
        threshold: From which a pixel is opaque, of 255.
    """
    if source == output:
        return Verdict("same", "copied")
    results = list(_readings(output))
    if not results and _leaves_tiles_out(output):
        return Verdict("not comparable", "tiles left out for zeros, as GDAL does, are read by no other decoder here")
    if not results:
        return Verdict("wrong", "no other decoder reads the output")
    lossy = output[:2] == b"\xff\xd8"
    comparable = False
    for reading in _readings(source):
        for result in results:
            if reading.shape[:2] != result.shape[:2] or reading.dtype != result.dtype:
                continue
            one, two = _alike(reading), _alike(result)
            here = _opaque(one, threshold) if known is None else known
            if here.shape != one.shape[:2]:
                continue
            comparable = True
            if lossy:
                here = here & ~_blocks_of(~here)
            if lossy or _is_lossy(source):
                apart = np.abs(one[here].astype(np.float64) - two[here]).mean() if here.any() else 0.0
                if apart <= (_SAVED_AGAIN if lossy else _ROUNDING):
                    return Verdict("same", "within what the format loses")
            elif np.array_equal(one[here], two[here], equal_nan=one.dtype.kind == "f"):
                return Verdict("same")
            elif (
                _first_directory(source).get(_ALPHA) == 1
                and output[:4] == b"\x89PNG"
                and _divided(one, two)[here].all()
            ):
                return Verdict("same", "associated alpha divided out")
    return Verdict("wrong", "known samples differ") if comparable else Verdict("not comparable")


def judge_mask(mask: bytes, image: bytes, output: bytes, threshold: int, white_is_hole: bool) -> Verdict:
    """Compare what was filled of an image of noise, in which no fill repeats a pixel, with the holes of its mask."""
    if image == output:
        changed = np.zeros(_first(image).shape[:2], np.bool_)
    else:
        before, after = _first(image), _first(output)
        if before.shape != after.shape:
            return Verdict("wrong", f"the output has the shape {after.shape}, its image {before.shape}")
        changed = np.any(before != after, axis=2)
    comparable = False
    for reading in _readings(mask):
        if reading.shape[:2] != changed.shape:
            continue
        comparable = True
        value = _brightness(reading, 0.0 if white_is_hole else 1.0)
        unclear = np.abs(value * 255 - threshold) < (4.0 if _is_lossy(mask) else 1e-3)
        if reading.dtype.kind == "f":  # of floats no smallest step is known
            unclear |= (value > 0) & (value * 255 < 1)
        white = value > 0 if threshold == 1 else value * 255 >= threshold
        if ((white == white_is_hole) == changed)[~unclear].all():
            return Verdict("same")
    return Verdict("wrong", "the holes filled are not those of the mask") if comparable else Verdict("not comparable")


def _readings(data: bytes) -> Iterator[Samples]:
    """What decoders make of a file: ``(H, W, C)`` in its own depth, colours in the order of RGB."""
    tags = _first_directory(data)
    apart = tags.get(_PLANES) == 2 and tags.get(_CHANNELS, 1) > 1
    refused = False
    for decode in (_by_imagecodecs, _by_opencv, _by_pillow):
        if tags and refused and decode is _by_opencv:  # gives black where libtiff, which both rest on, reports an error
            continue
        if apart and decode is _by_opencv:  # takes planes for pixels, and says nothing
            continue
        if tags.get(_PACKING, 1) == 1 and tags and decode is _by_pillow:  # reads on where a strip has no bytes
            continue
        try:
            samples = decode(data)
        except Exception:  # a decoder that refuses has no say
            refused = True
            continue
        if tags.get(_POLARITY) == 3 and decode is _by_imagecodecs:  # gives the numbers of a palette's colours
            continue
        if samples is not None and samples.size and samples.ndim in (2, 3):
            if apart and decode is _by_imagecodecs and samples.ndim == 3:
                samples = np.moveaxis(samples, 0, 2)
            samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
            if samples.shape[2] > 4:
                continue
            if samples.dtype == np.bool_:
                samples = samples.astype(np.uint8) * np.uint8(255)
            elif tags.get(_BITS) in (2, 4) and decode is _by_imagecodecs:  # as they are stored
                samples = samples * np.uint8(255 // (2 ** tags[_BITS] - 1))
            without = samples.shape[2] in (2, 4) and tags and tags.get(_ALPHA) not in (1, 2)  # some take any for alpha
            for some in [samples, samples[:, :, :-1]] if without else [samples]:
                yield some
                if tags.get(_POLARITY) == 0 and some.dtype.kind == "u":  # white is zero: some turn it
                    yield np.iinfo(some.dtype).max - some


def _by_opencv(data: bytes) -> Samples | None:
    samples: Samples | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.ndim == 2:
        return samples
    return samples[:, :, [2, 1, 0, *range(3, samples.shape[2])]]


def _by_imagecodecs(data: bytes) -> Samples | None:
    if data[:2] in (b"II", b"MM"):
        return np.asarray(imagecodecs.tiff_decode(data))
    if data[:4] == b"\x89PNG":
        return np.asarray(imagecodecs.png_decode(data))
    if data[:4] == b"RIFF":
        return np.asarray(imagecodecs.webp_decode(data))
    return None


def _by_pillow(data: bytes) -> Samples | None:
    with Image.open(io.BytesIO(data)) as image:
        if image.mode in ("I", "F", "CMYK") or image.mode.startswith("I;"):
            return None if image.mode != "F" else np.asarray(image)
        transparent = "transparency" in image.info
        if image.mode in ("P", "PA"):
            return np.asarray(image.convert("RGBA" if transparent or image.mode == "PA" else "RGB"))
        if transparent:  # of 2 and 4 bits it compares the grey that is transparent with one that is scaled
            return None
        if image.mode == "1":
            return np.asarray(image.convert("L"))
        return np.asarray(image)


def _first_directory(data: bytes) -> dict[int, int]:
    """The numbers of one value in a TIFF's first directory, by their tags; none where it cannot be read."""
    if data[:2] not in (b"II", b"MM"):
        return {}
    order, big = ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]
    wide, entry, code = ("Q", 20, "Q") if big else ("I", 12, "H")
    found: dict[int, int] = {}
    try:
        (start,) = struct.unpack_from(order + wide, data, 8 if big else 4)
        (count,) = struct.unpack_from(order + code, data, start)
        for place in range(start + (8 if big else 2), start + entry * min(count, 200), entry):
            tag, kind = struct.unpack_from(order + "HH", data, place)
            if kind not in _WHOLE:
                continue
            value = struct.unpack_from(order + _WHOLE[kind], data, place + entry - (8 if big else 4))
            found.setdefault(tag, int(value[0]))
    except (struct.error, OverflowError):
        pass
    return found


def _leaves_tiles_out(data: bytes) -> bool:
    if data[:2] not in (b"II", b"MM"):
        return False
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            return (0, 0) in zip(file.pages.first.dataoffsets, file.pages.first.databytecounts, strict=True)
    except (ValueError, IndexError, tifffile.TiffFileError):
        return False


def _first(data: bytes) -> Samples:
    return next(_readings(data))


def _alike(samples: Samples) -> Samples:
    """Grey as RGB, and an opaque alpha where there is none, so that readings of one image can be compared."""
    colours = samples[:, :, :1].repeat(3, axis=2) if samples.shape[2] < 3 else samples[:, :, :3]
    if samples.shape[2] in (2, 4):
        return np.concatenate([colours, samples[:, :, -1:]], axis=2)
    top = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
    return np.concatenate([colours, np.full_like(colours[:, :, :1], top)], axis=2)


def _blocks_of(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The blocks, of 16 x 16 pixels where colours are halved, in which a JPEG changes with a hole."""
    places = np.argwhere(hole) // 16
    blocks = np.zeros([-(-side // 16) for side in hole.shape], np.bool_)
    blocks[tuple(places.T)] = True
    return blocks.repeat(16, 0).repeat(16, 1)[: hole.shape[0], : hole.shape[1]]


def _divided(one: Samples, two: Samples) -> NDArray[np.bool_]:
    """Where RGBA is the same once with associated alpha and once without, except for a step of rounding."""
    top = np.iinfo(one.dtype).max
    back = two[:, :, :3].astype(np.float64) * two[:, :, 3:] / top
    near = np.abs(back - np.minimum(one[:, :, :3], one[:, :, 3:])).max(axis=2) <= 1
    return np.asarray(near & (one[:, :, 3] == two[:, :, 3]))


def _opaque(samples: Samples, threshold: int) -> NDArray[np.bool_]:
    top = 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)
    return np.asarray(samples[:, :, 3] / top * 255 >= threshold)


def _brightness(samples: Samples, ground: float) -> NDArray[np.float64]:
    """The brightest channel in [0, 1], laid on a ground where it is transparent."""
    rgba = _alike(samples).astype(np.float64)
    if samples.dtype.kind == "f":
        finite = np.nan_to_num(rgba, nan=0.0, posinf=0.0, neginf=0.0)
        rgba[:, :, :3] = np.clip(finite[:, :, :3] / max(1.0, finite[:, :, :3].max()), 0, 1)
    else:
        rgba /= np.iinfo(samples.dtype).max
    brightest = rgba[:, :, :3].max(axis=2)
    return np.asarray(brightest * rgba[:, :, 3] + ground * (1 - rgba[:, :, 3]))


def _is_lossy(data: bytes) -> bool:
    """Whether a file's coding loses, so that decoders may round differently: JPEG, by itself or within TIFF; WebP."""
    return data[:2] == b"\xff\xd8" or data[:4] == b"RIFF" or (data[:2] in (b"II", b"MM") and b"\xff\xd8\xff" in data)


def judge(work: dict[str, Any]) -> Verdict:
    """Judge one file, named by the paths of a run; see `judge_image` and `judge_mask`."""
    output = Path(work["output"]).read_bytes()
    if work["role"] == "mask":
        image = Path(work["image"]).read_bytes()
        return judge_mask(work["data"], image, output, work["threshold"], work["white_is_hole"])
    return judge_image(work["data"], output, work["known"], work["threshold"])
