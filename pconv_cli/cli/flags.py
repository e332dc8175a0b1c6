"""The flags of the command line, by the names that the fields of options classes have below it."""

# The others are spelled like their fields.
_OTHERS = {"truth": "--gt"}


def flag(field: str) -> str:
    """Name an option as the command line does: ``allow_missing`` is ``--allow-missing``."""
    return _OTHERS.get(field) or f"--{field.replace('_', '-')}"
