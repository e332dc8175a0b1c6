"""What files of weights say of themselves, read without their values and, for the paper's network, without torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import safe_open

from pconv_cli.arguments import StrPath
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.container import container_of
from pconv_cli.core.networks.light import light_kind, light_name
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, readable, weights_path
from pconv_cli.errors import ModelError, UsageError, option
from pconv_cli.files.json_text import parse_json
from pconv_cli.files.shipped import shipped_weights

if TYPE_CHECKING:  # which import torch
    from pconv_cli.core.foreign.signature import Signature
    from pconv_cli.core.networks.registry import Architecture

FORMAT = "pconv-1"

# The architecture of files that do not name theirs: there was no other.
_FIRST = "PConvUNet"

# Names in what older files say of themselves, those that ship among them, whose hashes stand in users' manifests.
_OLD_KEYS = {"pictures": "images"}


@dataclass(frozen=True)
class WeightsInfo:
    """What a file of weights says of itself.

    Attributes:
        name: Its name among the shipped ones, or its path.
        path: Where it is.
        spec: The network it belongs to.
        card: What its maker wrote down: data, command, steps and so on.
        parameters: Number of values.
        dtype: Precision in which they are stored, as safetensors names it: ``F32``, ``F16``, ``BF16``.
        bytes: Size of the file.
        stored: What the file calls the kind of network; empty: it is a network of another project.
    """

    name: str
    path: Path
    spec: Spec
    card: dict[str, Any]
    parameters: int
    dtype: str
    bytes: int
    stored: str = ""

    @property
    def network(self) -> str:
        """The name of that kind; of the paper's network without torch."""
        return light_name(self.stored) or self.architecture.name

    @property
    def architecture(self) -> "Architecture":
        """The kind of network it belongs to, which takes torch to import."""
        if not self.stored:
            from pconv_cli.core.foreign.architecture import ARCHITECTURE

            return ARCHITECTURE
        from pconv_cli.core.networks.registry import stored_architecture

        return stored_architecture(self.stored)


def describe_weights(name_or_path: StrPath = DEFAULT_WEIGHTS, *, foreign: Foreign | None = None) -> WeightsInfo:
    """Read what a file of weights says of itself, without its values; nothing in it is run.

    Args:
        name_or_path: As for `load_weights`.
        foreign: As for `load_weights`.

    Raises:
        ModelError: As `load_weights`.
        UsageError: Something is said of the file as of one of another project, or it is trusted as a program, and it is
            one of this program.
    """
    path = weights_path(name_or_path)
    signature = foreign_signature(path)
    if signature is not None:
        return _describe_foreign(path, signature, foreign)
    if foreign is not None and foreign.foreign is not None:
        raise UsageError(f"{option('foreign')}: {path} is a file of this program, and describes itself; leave it out")
    with readable(path), safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        slices = [file.get_slice(name) for name in file.keys()]  # noqa: SIM118 - not a dict
        sizes = [(prod(s.get_shape()), s.get_dtype()) for s in slices]
    if metadata.get("format") != FORMAT:
        raise ModelError(
            f"{path}: not weights of this program (no {FORMAT!r} in its metadata); `pconv weights import` reads "
            "checkpoints of others"
        )
    if foreign is not None and foreign.trust:
        raise UsageError(f"{option('trust')}: {path} holds weights and no program (TorchScript); leave it out")
    try:
        stored = metadata.get("architecture", _FIRST)
        make_spec, constants_of = _kind(stored)
        spec = make_spec(**parse_json(metadata["spec"]))
        said: dict[str, Any] = dict(parse_json(metadata.get("card", "{}")))
        card = {_OLD_KEYS.get(key, key): value for key, value in said.items()}
        constants = constants_of(spec)
        other = [name for name in constants if parse_json(metadata.get(name, "null")) != constants[name]]
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: its metadata does not describe a network; take other weights") from error
    if other:
        raise ModelError(
            f"{path}: trained on the {other[0]} base of another version of this program; "
            "train it again with this one, or take other weights"
        )
    return WeightsInfo(
        name=path.stem if path.parent == shipped_weights() else str(path),
        path=path,
        spec=spec,
        card=card,
        parameters=sum(size for size, _ in sizes),
        dtype=max(sizes)[1] if sizes else "F32",
        bytes=path.stat().st_size,
        stored=stored,
    )


def _kind(stored: str) -> tuple[Callable[..., Spec], Callable[[Any], Mapping[str, Any]]]:
    """Find the class of `Spec` of networks, and what they compute with beside it; see `Architecture`."""
    known = light_kind(stored)
    if known is None:
        from pconv_cli.core.networks.registry import stored_architecture

        heavy = stored_architecture(stored)
        return heavy.spec, heavy.constants
    return known


def foreign_signature(path: Path) -> "Signature | None":
    """Read what a network of another project takes and gives; None: the file is none.

    Raises:
        ModelError: It is damaged, or of a kind that is not run here.
    """
    with readable(path):
        if container_of(path) is None:
            return None
        from pconv_cli.core.foreign.loading import read_foreign

        return read_foreign(path)


def _describe_foreign(path: Path, signature: "Signature", how: Foreign | None) -> WeightsInfo:
    from pconv_cli.core.foreign.conventions import spec_of

    if how is None:
        raise ModelError(
            f"{path}: is a network of another project in {signature.container}, which can only fill images"
        )
    outputs = ", ".join(map(str, signature.outputs))
    card = {"container": signature.container, "inputs": signature.takes, "outputs": outputs}
    if signature.container == "TorchScript":
        card["trust"] = f"a program, which is run with {option('trust')} alone"
    return WeightsInfo(
        name=str(path),
        path=path,
        spec=spec_of(path, signature, how.said),
        card={**card, **({"made by": signature.made_by} if signature.made_by else {})},
        parameters=signature.parameters,
        dtype=signature.stored,
        bytes=path.stat().st_size,
    )


def require_weights(name_or_path: StrPath, foreign: Foreign) -> WeightsInfo:
    """Describe weights that a run is to use, and refuse what it would refuse before it loads them.

    Raises:
        ModelError, UsageError: As `load_weights`.
    """
    info = describe_weights(name_or_path, foreign=foreign)
    signature = foreign_signature(info.path)
    if signature is not None:
        from pconv_cli.core.foreign.loading import check_trusted

        check_trusted(info.path, signature, foreign)
    return info


def is_program(name_or_path: StrPath) -> bool:
    """Say whether weights are TorchScript, which is run only where the user trusts it.

    Raises:
        ModelError: As `load_weights`.
    """
    signature = foreign_signature(weights_path(name_or_path))
    return signature is not None and signature.container == "TorchScript"


def list_weights() -> list[WeightsInfo]:
    """List the shipped sets, the default one first."""
    names = sorted(path.stem for path in shipped_weights().glob("*.safetensors"))
    return [describe_weights(name) for name in sorted(names, key=lambda name: name != DEFAULT_WEIGHTS)]
