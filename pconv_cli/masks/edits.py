"""What the mask page says of a folder of masks: who made each, and how its image is to be filled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pconv_cli.errors import UsageError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.json_text import read_json

#: The file, beside the masks.
EDITS = "edits.json"

_VERSION = 1


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
