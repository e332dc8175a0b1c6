"""``pconv eval`` without folders: which methods are compared, and their fills for the evaluation.

A method is one of `pconv_cli.methods.names`, or any network: NAME=WEIGHTS, where tables and folders take the name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pconv_cli.cli.eval.request import EvalRequest, listed
from pconv_cli.errors import UsageError
from pconv_cli.evaluation.metrics.names import NEEDS_NETWORK
from pconv_cli.methods.names import COMPARED, ON_DEVICE, TRAINED, Method

if TYPE_CHECKING:
    from pconv_cli.cli.console import TerminalProgress
    from pconv_cli.evaluation.reports.check import EvalRecipe
    from pconv_cli.evaluation.reports.rows import Evaluation
    from pconv_cli.evaluation.samples import Look, SampleOptions

# Beside the methods' own folders in --out.
_FOLDERS = {"truth", "masks", "samples"}


class ComparedMethod(NamedTuple):
    """A method that is compared.

    Attributes:
        name: What tables call it, and its folder of results.
        weights: Those of a network; None: the method of this name.
    """

    name: str
    weights: str | None = None


class MethodWeights(NamedTuple):
    """The weights of the method pconv, and how networks of other projects are used; see `FillOptions`."""

    weights: str | None
    foreign: str | None
    trust: bool


def chosen_methods(request: EvalRequest) -> list[ComparedMethod]:
    """Read --methods, and refuse what serves none of them."""
    given = [method.value for method in COMPARED] if request.methods is None else listed(request.methods)
    methods = read_methods(given, f"--methods {request.methods}")
    bare, networks = {one.name for one in methods if one.weights is None}, [one for one in methods if one.weights]
    for name in request.given("weights", "foreign"):
        if TRAINED.isdisjoint(bare):
            raise UsageError(f"{name} serves the method pconv; name it among --methods, or leave {name} out")
    if request.trust and TRAINED.isdisjoint(bare) and not networks:
        raise UsageError("--trust serves the method pconv; name it among --methods, or leave --trust out")
    nothing = ON_DEVICE.isdisjoint(bare) and not networks and not NEEDS_NETWORK & set(request.chosen)
    if request.device is not None and nothing:
        names = ", ".join(one.name for one in methods)
        raise UsageError(f"--device: neither {names} nor the metrics run on a device; leave it out")
    return methods


def read_methods(given: Sequence[str], where: str) -> list[ComparedMethod]:
    """Read methods, each NAME or NAME=WEIGHTS.

    Raises:
        UsageError: There is no such method, or a name is given twice or names no folder.
    """
    methods = []
    for text in given:
        name, equals, weights = (part.strip() for part in text.partition("="))
        if equals:
            _check_name(name, weights, where)
        elif name not in list(Method):
            raise UsageError(
                f"{where}: there is no method {name!r}; choose among {', '.join(Method)}, or name a network's weights: "
                f"{name or 'NAME'}=run/weights.safetensors"
            )
        methods.append(ComparedMethod(name, weights or None))
    if len({one.name for one in methods}) < len(methods):
        raise UsageError(f"{where}: a method is named twice; name each once")
    return methods


def _check_name(name: str, weights: str, where: str) -> None:
    if not (name and weights):
        raise UsageError(f"{where}: a network is NAME=WEIGHTS, for example gated=run/weights.safetensors")
    if name in set(Method) - TRAINED:
        raise UsageError(f"{where}: {name} is a method without weights; give the network another name")
    if name in _FOLDERS or not re.fullmatch(r"[\w+-][\w.+ -]*", name):
        raise UsageError(f"{where}: {name!r} cannot name a folder of results; take letters, digits, - and _")


def fill_and_score(
    options: "SampleOptions",
    methods: Sequence[ComparedMethod],
    how: MethodWeights,
    progress: "TerminalProgress",
    look: "Look | None" = None,
) -> "Evaluation":
    """Hand the methods of inpainting to the evaluation; the two know nothing of each other."""
    from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, hashes_of_weights
    from pconv_cli.core.weights_info import is_program
    from pconv_cli.evaluation.samples import evaluate_samples
    from pconv_cli.methods.backends import make_backend
    from pconv_cli.methods.protocol import DoubtfulBackend

    device = options.networks.device
    source: dict[str, Any] = {"device": device}
    if any(one.name in TRAINED and one.weights is None for one in methods):
        chosen = how.weights or DEFAULT_WEIGHTS
        source |= {"weights": chosen, **hashes_of_weights(chosen)}
        source |= {"foreign": how.foreign} if how.foreign is not None else {}
    networks = {one.name: one.weights for one in methods if one.weights is not None}
    if networks:
        digests = {name: hashes_of_weights(weights) for name, weights in networks.items()}
        source |= {"networks": networks}
        for kind in ("sha256", "data_sha256"):
            if of_kind := {name: one[f"weights_{kind}"] for name, one in digests.items() if f"weights_{kind}" in one}:
                source[f"networks_{kind}"] = of_kind
    named = {one.name: one.weights or source.get("weights") for one in methods}
    programs = {name for name, weights in named.items() if how.trust and weights is not None and is_program(weights)}
    if how.trust and not programs:
        raise UsageError("--trust: none of these weights are a program (TorchScript); leave it out")
    fills = {}
    for one in methods:
        # In float32, so that the figures are the same on every machine.
        own = one.weights is not None
        backend = make_backend(
            Method.PCONV if own else Method(one.name),
            weights=one.weights if own else source.get("weights"),
            device=device,
            precision="float32",
            trust=one.name in programs,
            foreign=None if own else how.foreign,
        )
        for doubt in backend.doubts if isinstance(backend, DoubtfulBackend) else ():
            progress.warn(f"{one.name}: {doubt}" if own else doubt)
        fills[one.name] = backend.fill
    return evaluate_samples(options, fills, progress, source, look)


def fill_again(recipe: "EvalRecipe", trust: bool, where: str, progress: "TerminalProgress") -> "Evaluation":
    """Compare the methods of a report again."""
    networks: Mapping[str, str] = recipe.networks
    given = [f"{name}={networks[name]}" if name in networks else name for name in recipe.methods]
    how = MethodWeights(recipe.weights, recipe.foreign, trust)
    return fill_and_score(_sample_options(recipe), read_methods(given, where), how, progress)


def _sample_options(recipe: "EvalRecipe") -> "SampleOptions":
    from pconv_cli.evaluation.samples import SampleOptions

    assert isinstance(recipe.options, SampleOptions)
    return recipe.options
