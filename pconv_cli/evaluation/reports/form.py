"""The form that a report in JSON needs to be run again, whoever has edited it since."""

from dataclasses import dataclass
from typing import Any

from pconv_cli.evaluation.metrics.names import REGIONS, Metric

KIND = "pconv evaluation"
"""The kind that a report in JSON states, so that another file is not taken for one."""


@dataclass(frozen=True)
class _Every:
    """An object of which every value has one form."""

    form: Any


@dataclass(frozen=True)
class _Maybe:
    """A part that may be absent."""

    form: Any


class _Figure:
    """A number, ``"inf"`` or null."""


_TEXT, _WHOLE, _FLAG, _NAME = (str,), (int,), (bool,), (str, type(None))
_SOURCE = {"sha256": _TEXT}
_COMMON = {
    "folder": _TEXT,
    "band": _WHOLE,
    "device": _Maybe(_TEXT),
    "vgg_weights": _Maybe(_NAME),
    "lpips_weights": _Maybe(_NAME),
    "fid_weights": _Maybe(_NAME),
}
_OF_METHODS = {
    "methods": [_TEXT],
    "seed": _WHOLE,
    "images": _NAME,
    "weights": _Maybe(_NAME),
    "foreign": _Maybe(_NAME),
    "networks": _Maybe(_Every(_TEXT)),
}
_OF_FOLDERS = {
    "results": [_TEXT],
    "truth": _TEXT,
    "masks": _TEXT,
    "polarity": _TEXT,
    "names": [_TEXT],
    "allow_missing": _FLAG,
}


def whole_report(data: Any) -> dict[str, Any]:
    """Check that a report can be run again and compared.

    Args:
        data: The content of the JSON.

    Returns:
        The same.

    Raises:
        ValueError: It cannot. One clause that names the place.
    """
    _fits(data, {"kind": _TEXT}, "report")
    if data["kind"] != KIND:
        raise ValueError(f"its kind is {data['kind'][:40]!r}")
    _fits(data, {"settings": _COMMON, "metrics": _Every({}), "versions": _Every(_TEXT)}, "report")
    of_methods = "methods" in data["settings"]
    _fits(data["settings"], _OF_METHODS if of_methods else _OF_FOLDERS, "report.settings")
    if unknown := [name for name in data["metrics"] if name not in list(Metric)]:
        raise ValueError(f"this version has no metric {unknown[0][:40]!r}")
    figures = {metric: _Maybe({region: _Maybe(_Figure) for region in REGIONS}) for metric in data["metrics"]}
    row = {"name": _TEXT, "method": _NAME, "files": dict.fromkeys(("result", "truth", "mask"), _SOURCE), **figures}
    one = {"method": _NAME, "metric": _TEXT, "value": _Figure}
    _fits(data, {"images": [row], "sets": [one]}, "report")
    return dict(data)


def _fits(value: Any, form: Any, where: str) -> None:
    if isinstance(form, dict | _Every):
        if not isinstance(value, dict):
            raise ValueError(f"{where} is {_said(value)}, not an object")
        if isinstance(form, _Every):
            form = dict.fromkeys(value, form.form)
        for key, part in form.items():
            if key in value:
                _fits(value[key], part.form if isinstance(part, _Maybe) else part, f"{where}.{key}"[-80:])
            elif not isinstance(part, _Maybe):
                raise ValueError(f"{where} lacks {key!r}")
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise ValueError(f"{where} is {_said(value)}, not a list")
        for number, item in enumerate(value, start=1):
            _fits(item, form[0], f"{where}.{number}"[-80:])
    elif form is _Figure:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number or value is None or value == "inf"):
            raise ValueError(f"{where} is {_said(value)}, not a number")
    elif not isinstance(value, form) or (isinstance(value, bool) and bool not in form):
        raise ValueError(f"{where} is {_said(value)}")


def _said(value: Any) -> str:
    """Describe a value that does not fit, in few words."""
    words = {dict: "an object", list: "a list", type(None): "null"}
    return words.get(type(value)) or repr(value)[:40]
