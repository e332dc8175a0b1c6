"""Methods that a person chose for single images in the mask page; each replaces the method of the run."""

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from pconv_cli.errors import UsageError
from pconv_cli.inpainting.backends import Backend, backend_of
from pconv_cli.inpainting.manifest import Record, recipe_of
from pconv_cli.inpainting.methods import ON_DEVICE, Method
from pconv_cli.inpainting.options import FillOptions, InpaintOptions
from pconv_cli.masks.edits import EDITS, read_edits


class Choices:
    """The options of a run, image by image, and the recipes and methods made from them, each once.

    Args:
        options: The run's own.

    Raises:
        UsageError: The record of choices beside the masks is not one of ours, or names an unknown method.
    """

    def __init__(self, options: InpaintOptions) -> None:
        self._options = options
        self._methods = _chosen(options)
        self._recipes: dict[Method, Record] = {}
        self._backends: dict[Method, Backend] = {}

    def differing(self, names: Iterable[str]) -> int:
        """Count the images that another method than the run's own is chosen for."""
        return sum(self._method(name) is not self._options.method for name in names)

    def options(self, name: str) -> InpaintOptions:
        """Give the options of an image; a chosen method has its own defaults."""
        method = self._method(name)
        if method is self._options.method:
            return self._options
        shared = {"method": method, "dilate": self._options.dilate}
        shared["device"] = self._options.device if method in ON_DEVICE else "auto"
        defaults = FillOptions(method=method)
        rest = {one.name: getattr(defaults, one.name) for one in fields(FillOptions)}
        return replace(self._options, **{**rest, **shared})

    def recipe(self, name: str) -> Record:
        """Give what decides an image's result; see `recipe_of`."""
        method = self._method(name)
        if method not in self._recipes:
            self._recipes[method] = recipe_of(self.options(name))
        return self._recipes[method]

    def backend(self, name: str) -> Backend:
        """Give the method that fills an image, loaded at its first image; see `backend_of`."""
        method = self._method(name)
        if method not in self._backends:
            self._backends[method] = backend_of(self.options(name))
        return self._backends[method]

    def _method(self, name: str) -> Method:
        return self._methods.get(name, Method(self._options.method))


def _chosen(options: InpaintOptions) -> dict[str, Method]:
    if not isinstance(options.masks, Path):
        return {}
    folder = options.masks if options.masks.is_dir() else options.masks.parent
    found = {}
    for name, record in read_edits(folder).items():
        method = record.get("method")
        if method is None:
            continue
        if method not in list(Method):
            raise UsageError(
                f"{folder / EDITS}: chooses {method!r} for {name}, which is not a method; choose another one in pconv "
                "masks edit"
            )
        found[name] = Method(method)
    return found
