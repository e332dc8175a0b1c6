"""How a person chose to have single images filled, in the mask page; each choice replaces options of the run.

A record may name a ``method``, which then has its own defaults, and a ``texture`` and a ``seed``, as the variants of an
image differ by.
"""

import threading
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pconv_cli.errors import UsageError
from pconv_cli.jobs.images.confidence import FillJudge
from pconv_cli.jobs.manifest import Record, recipe_of, settings_of
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.edits import EDITS, read_edits
from pconv_cli.methods.backends import Backends
from pconv_cli.methods.confidence.witnesses import kind_of, witnesses_of
from pconv_cli.methods.names import ON_DEVICE, Method
from pconv_cli.methods.options import FillOptions
from pconv_cli.methods.protocol import Backend

# What else than a method is chosen, and what JSON may write it as.
_NUMBERS = {"texture": (int, float), "seed": (int,)}


class Choices:
    """The options of a run, image by image, and the recipes and methods made from them.

    Args:
        options: The run's own.
        backends: The methods, each loaded at its first image.

    Raises:
        UsageError: The record of choices beside the masks is not one of ours, or chooses what there is not.
    """

    def __init__(self, options: InpaintOptions, backends: Backends) -> None:
        self._options = options
        self._backends = backends
        self._chosen = _chosen(options)
        self._recipes: dict[InpaintOptions, Record] = {}
        self._settings: dict[InpaintOptions, Record] = {}

    def differing(self, names: Iterable[str]) -> int:
        """Count the images that are filled otherwise than the run's own options say."""
        return sum(self.options(name) != self._options for name in names)

    def options(self, name: str) -> InpaintOptions:
        """Give the options of an image."""
        return self._chosen.get(name, self._options)

    def recipe(self, name: str) -> Record:
        """Give what decides an image's result; see `recipe_of`."""
        options = self.options(name)
        if options not in self._recipes:
            self._recipes[options] = recipe_of(options)
        return self._recipes[options]

    def settings(self, name: str) -> Record:
        """Give an image's recipe without its weights, which are not looked for; see `settings_of`."""
        options = self.options(name)
        if options not in self._settings:
            self._settings[options] = settings_of(options)
        return self._settings[options]

    @property
    def doubts(self) -> list[str]:
        """What a user should know of the methods that were loaded."""
        return self._backends.doubts

    def judge(self, name: str, turn: threading.Lock) -> FillJudge | None:
        """Give what judges the fills of an image; None: that is not asked for.

        Args:
            name: The image.
            turn: See `FillJudge`.
        """
        options = self.options(name)
        if not options.confidence:
            return None
        first, second = witnesses_of(options)
        return FillJudge(kind_of(options), (self._backends.of(first), self._backends.of(second)), turn)

    def backend(self, name: str) -> Backend:
        """Give the method that fills an image, loaded at its first image."""
        return self._backends.of(self.options(name))


def _chosen(options: InpaintOptions) -> dict[str, InpaintOptions]:
    """Read the options of the images that something is chosen for."""
    if not isinstance(options.masks, Path):
        return {}
    folder = options.masks if options.masks.is_dir() else options.masks.parent
    found = {}
    for name, record in read_edits(folder).items():
        try:
            found[name] = _with(options, record)
        except UsageError as error:
            raise UsageError(
                f"{folder / EDITS}: what it chooses for {name} does not work ({error}); correct it"
            ) from error
    return found


def _with(options: InpaintOptions, record: dict[str, Any]) -> InpaintOptions:
    """Put what a record chooses instead of a run's options."""
    given = {key: record[key] for key in ("method", *_NUMBERS) if record.get(key) is not None}
    for key, kinds in _NUMBERS.items():
        if type(given.get(key, 0)) not in kinds:
            raise UsageError(f"{key} {given[key]!r} is not a number that fits")
    method = Method(given.get("method", options.method))
    if method is not options.method:  # which has its own defaults
        shared = {"method": method, "dilate": options.dilate}
        shared["device"] = options.device if method in ON_DEVICE else "auto"
        defaults = FillOptions(method=method)
        given = {**{one.name: getattr(defaults, one.name) for one in fields(FillOptions)}, **shared, **given}
    # What the method has no use for is passed over: the method may be the run's, and be another one today.
    if method is Method.PATCHMATCH:
        given.pop("texture", None)
    else:
        plain = replace(options, **{**given, "seed": 0, "patch_turns": False})
        given |= {} if plain.varies else {"seed": 0}
        given |= {} if plain.patches else {"patch_turns": False}
    return replace(options, **given) if given else options
