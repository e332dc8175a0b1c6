"""The manifest of a folder of restored images: a line of JSON for each file, written as it is finished.

A line says what was made of what: the SHA-256 of image, mask, weights and output, and every option that affects the
result. By these a later run knows what it can leave as it is. Before an output is moved into place, a line with the
status ``writing`` is written, so that a run that is killed between the two leaves no output of unknown origin.

Lines are only ever added. Each process of a run on parts of a folder has a file of its own; readers take them all and
go by time, which never runs backwards from one line to the next, even if the clock does.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any

from pconv_cli.errors import UsageError, option
from pconv_cli.files.atomic import atomic_path, unwritable
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.json_text import parse_json
from pconv_cli.files.opening import open_regular
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.shards import Shard
from pconv_cli.methods.names import TRAINED
from pconv_cli.methods.options import FILLS

MANIFEST = "manifest.jsonl"

# Options that say where files are, what is done about those that exist, or how the run goes, and nothing of the result
# beyond rounding. Every other one counts, those that are still to come included.
_WITHOUT_A_SAY = frozenset(
    {
        *("images", "masks", "out", "weights", "trust", "device", "compile", "max_megapixels", "mask_pattern"),
        *("allow_large_holes", "overwrite", "resume", "fail_fast", "shard", "profile", "report"),
        *("annotations", "labels", "unread"),
        *("c2pa_cert", "c2pa_key"),
    }
)

#: What `recipe_of` adds to `settings_of`.
WEIGHTS_KEYS = frozenset({"weights_sha256", "weights_data_sha256"})

# Bytes of lines that are read of a file at once.
_SOME = 1 << 16


class Status(StrEnum):
    """What a line says of its output."""

    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Fingerprint:
    """The content of an image and its mask, as SHA-256 in hexadecimal; no mask where it is the image's own alpha."""

    input_sha256: str
    mask_sha256: str | None


Record = dict[str, Any]

# What a line has to have, and what is of one kind where it is there.
_STRINGS = ("status", "output", "time")
_KINDS = {"input": str, "recipe": dict, "extras": list}


class RunManifest:
    """Adds lines to the manifest of a folder, from any thread.

    Args:
        out: The folder of restored images.
        shard: The part of the folder that this process works on, which then has a file of its own.
    """

    def __init__(self, out: Path, shard: Shard | None) -> None:
        self.path = _path_of(out, shard)
        self._lock = threading.Lock()
        self._torn = _ends_torn(self.path)
        self._last = max((time for path in _paths(out) for time, *_ in _timed(path)), default="")

    def add(self, record: Record) -> None:
        """Add a line, and hand it to the system at once: it then outlives the process, however that ends.

        Raises:
            OutputError: The file cannot be written.
        """
        with self._lock:
            self._last = _time_after(self._last)
            line = _line({**record, "time": self._last})
            try:
                with open_regular(self.path, "ab") as file:
                    file.write(b"\n" + line if self._torn else line)
                self._torn = False
            except OSError as error:
                self._torn = True  # some of it may be there; the next line begins a new one
                raise unwritable(self.path, error) from error


def read_manifest(out: Path) -> dict[str, Record]:
    """Read what was made in a folder: of every output the last line that says what stands there.

    All parts count. A torn line, as a killed run leaves it, is passed over. Lines with the status ``failed`` are left
    out, since they changed no file; one that says ``untouched`` takes back the ``writing`` before it.

    Returns:
        Records by output, as POSIX path below ``out``. Those with the status ``writing`` have the record before them as
        ``before``, or None.

    Raises:
        UsageError: A file of that name is not a manifest of this program.
    """
    known: dict[str, Record | None] = {}
    for _, record, _ in _by_time(_paths(out)):
        output = record["output"]
        last = known.get(output)
        if record["status"] == Status.WRITING:
            known[output] = {**record, "before": last}
        elif record["status"] != Status.FAILED:
            known[output] = record
        elif record.get("untouched") and last is not None and last["status"] == Status.WRITING:
            known[output] = last["before"]
    return {output: record for output, record in known.items() if record is not None}


def merge_manifest(out: Path, count: int) -> None:
    """Put the parts of a run on ``count`` processes that have all ended into one manifest, in the order of time.

    Raises:
        OutputError: It cannot be written.
        UsageError: See `read_manifest`.
    """
    parts = [_path_of(out, Shard(index + 1, count)) for index in range(count)]
    parts = [path for path in parts if path.exists()]
    if not parts:
        return
    with atomic_path(out / MANIFEST) as temporary, temporary.open("wb") as merged:
        merged.writelines(line for *_, line in _by_time([out / MANIFEST, *parts]))
    for path in parts:
        path.unlink(missing_ok=True)


def recipe_of(options: InpaintOptions) -> Record:
    """Return what decides a result beside image and mask, for JSON: the method, its weights and every option.

    Raises:
        ModelError: There are no such weights.
    """
    recipe = settings_of(options)
    if options.method in TRAINED:
        from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, hashes_of_weights

        recipe |= hashes_of_weights(options.weights or DEFAULT_WEIGHTS)
    return recipe


def settings_of(options: InpaintOptions) -> Record:
    """Return a recipe without its weights, which need not be there; see `recipe_of`."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    recipe = {name: _plain(value) for name, value in values.items() if name not in _WITHOUT_A_SAY}
    if options.steps is None:
        del recipe["steps"]  # which a record from before there were steps does not have
    if options.rgb is None:  # nor the bands
        del recipe["rgb"]
    if not options.patch_turns:
        del recipe["patch_turns"]
    if options.foreign is None:  # as in the manifests of before there was any such thing
        del recipe["foreign"]
    if options.provenance:  # as before there was any
        del recipe["provenance"]
    for name in ("retouch", "show", "leave_wider"):  # likewise
        if recipe[name] is None:
            del recipe[name]
    if not options.confidence:
        del recipe["confidence"]
    if options.c2pa_cert is not None:
        recipe["c2pa_cert_sha256"] = sha256_of(options.c2pa_cert)
    recipe["threshold"] = options.white_from
    recipe["texture"] = options.own_texture
    if options.patches or options.method in TRAINED or options.leave_wider is not None:
        recipe["fills"] = FILLS
    if options.method in TRAINED:
        recipe["tile"], recipe["overlap"] = options.tiling
    return recipe


def fingerprint_of(hashes: Sequence[str]) -> Fingerprint:
    """Give what is remembered of an image and its masks by hashes of their content; several masks have one."""
    image, *masks = hashes
    if len(masks) > 1:
        masks = [sha256("".join(masks).encode()).hexdigest()]
    return Fingerprint(image, masks[0] if masks else None)


def fingerprint(image: Path, masks: Sequence[Path]) -> Fingerprint:
    """Read the content of an image and its masks; one mask may serve many images, and is read each time.

    Raises:
        OSError: One of them cannot be read.
    """
    return fingerprint_of([sha256_of(path) for path in (image, *masks)])


def _path_of(out: Path, shard: Shard | None) -> Path:
    return out / (MANIFEST if shard is None else f"manifest.{shard.index}-of-{shard.count}.jsonl")


def _time_after(last: str) -> str:
    """The time of the next line: now, or just after the last one where the clock has been set back."""
    now = datetime.now(UTC)
    with suppress(ValueError, TypeError, OverflowError):  # a time that nobody here wrote
        now = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1))
    return now.isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _line(record: Record) -> bytes:
    """A line of JSON in UTF-8; bytes of a name that are none, as of one in GBK, become escapes that JSON knows."""
    return json.dumps(record, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _paths(out: Path) -> list[Path]:
    return [out / MANIFEST, *out.glob("manifest.*-of-*.jsonl")]


def _by_time(paths: Iterable[Path]) -> Iterator[tuple[str, Record, bytes]]:
    """What `_timed` gives of all files in the order of time, a few lines of each file in memory at once."""
    return merge(*map(_timed, paths), key=itemgetter(0))


def _timed(path: Path) -> Iterator[tuple[str, Record, bytes]]:
    """The records of one file and their lines, with the latest time so far: in a file the order of lines counts."""
    latest = ""
    for record, line in _records(path):
        latest = max(latest, str(record["time"]))
        yield latest, record, line


def _records(path: Path) -> Iterator[tuple[Record, bytes]]:
    """The records of one file that are whole and ours, and their lines."""
    ours = others = False
    try:
        for line in _lines(path):
            record = _parsed(line)
            if record is not None:
                ours = True
                yield record, line if line.endswith(b"\n") else line + b"\n"
            elif line.endswith(b"\n") and line.strip():
                others = True
    except (FileNotFoundError, NotADirectoryError):  # or a file stands in place of the folder
        return
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({(error.strerror or str(error)).lower()}); check its permissions"
        ) from error
    if others and not ours:
        raise UsageError(f"{path}: is not a manifest of restored images; choose another {option('out')}")


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, which is open only while some are read: of a large run there are thousands of files."""
    read, ended = 0, False
    while not ended:
        with open_regular(path) as file:
            file.seek(read)
            lines = file.readlines(_SOME)
            read, ended = file.tell(), not file.peek(1)
        yield from lines


def _parsed(line: bytes) -> Record | None:
    try:
        record = parse_json(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or not all(isinstance(record.get(name), str) for name in _STRINGS):
        return None
    return record if all(isinstance(record.get(name, kind()), kind) for name, kind in _KINDS.items()) else None


def _ends_torn(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            file.seek(-1, 2)
            return file.read(1) != b"\n"
    except OSError:  # not there, or empty
        return False
