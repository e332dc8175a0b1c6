"""The flags of the command line, by the names that the fields of options classes have below it."""

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
