"""What the mask page says of a folder of masks: who made each, and by which method and variant its image is filled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pconv_cli.errors import UsageError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.json_text import read_json

#: The file, beside the masks.
EDITS = "edits.json"

_VERSION = 1


class FillChoice(NamedTuple):
    """How one image is to be filled.

    Attributes:
        method: The method's name.
        seed: Seed of its patches, as `FillOptions` takes it.
    """

    method: str
    seed: int = 0


def choice_of(record: Mapping[str, Any]) -> FillChoice | None:
    """Give what a record chooses, unchecked; None where it leaves that to the command."""
    method = record.get("method")
    return None if method is None else FillChoice(method, record.get("seed", 0))


def as_record(choice: FillChoice | None) -> dict[str, Any]:
    """Give a choice as records hold it: with its seed, also 0, so that no seed of a later run changes it."""
    return {"method": None} if choice is None else {"method": choice.method, "seed": choice.seed}


def read_edits(masks: Path) -> dict[str, dict[str, Any]]:
    """Read the records of a folder of masks, by image; empty where the page never saved there.

    Raises:
        UsageError: The file is there, and is none of ours.
    """
    path = masks / EDITS
    if not path.exists():
        return {}
    try:
        content = read_json(path)
        images = content["images"]
        if content["version"] != _VERSION or not all(isinstance(one, dict) for one in images.values()):
            raise ValueError("written by another version")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is not what pconv masks edit writes ({error}); move it away") from error
    return dict(images)


def write_edits(masks: Path, edits: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the records of a folder of masks, whole or not at all.

    Raises:
        OutputError: They cannot be written.
    """
    with atomic_path(masks / EDITS) as temporary:
        temporary.write_text(json.dumps({"version": _VERSION, "images": edits}, indent=1), "utf-8")
