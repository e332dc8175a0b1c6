"""JSON from files that anybody may have written: whatever is wrong with it is one kind of error."""

import json
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is a folder, device or pipe, no JSON in UTF-8, or nested too deeply. One clause that says so.
    """
    if path.exists() and not path.is_file():
        raise ValueError("no file")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("no UTF-8") from None
