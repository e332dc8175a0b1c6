"""The flags of the command line, by the names that the fields of options classes have below it.

Which of them go together is for the options classes to say; here it is said of flags that are the commands' own.
"""

from collections.abc import Mapping

from pconv_cli.errors import UsageError

# Those that are not spelled like their fields, and those that stand for an argument with its value; an argument of the
# command line is named by its word in the help.
_OTHERS = {
    "adapt_steps": "--adapt",
    "colours": "--color",
    "compile=False": "--no-compile",
    "drawing_map": "--map",
    "family": "--from",
    "folders": "RESULTS",
    "inverted": "--invert",
    "loss_weights": "--loss-weight",
    "mask_kind": "--mask-type",
    "network_options": "--network-option",
    "perceptual_weight=0, style_weight=0": "--no-perceptual",
    "polarity": "--mask-polarity",
    "results": "RESULTS",
    "target": "--out",
    "truth": "--gt",
}


def flag(field: str) -> str:
    """Name an option as the command line does: ``allow_missing`` is ``--allow-missing``."""
    return _OTHERS.get(field) or f"--{field.replace('_', '-')}"


def refuse_beside(other: str, given: Mapping[str, object]) -> None:
    """End where a flag was given that would do nothing beside another one.

    Args:
        other: The other flag, and why.
        given: Flags with their values; one that is None, False or empty was not given.

    Raises:
        UsageError: One was given.
    """
    for name, value in given.items():
        if value:
            raise UsageError(f"{name}: has no meaning with {other}; leave one of them out")
