"""Others' public checkpoints, turned into weights of this program that compute the same.

Each family has its module in the folder of its network, whose first lines say how it differs.
"""

from dataclasses import dataclass
from pathlib import Path

from pconv_cli.core.networks.registry import Family, architectures
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weights import save_weights
from pconv_cli.errors import ModelError, UsageError, option
from pconv_cli.files.digest import sha256_of


def families() -> dict[str, Family]:
    """List the families of all architectures, by name."""
    return {name: family for known in architectures() for name, family in known.families.items()}


@dataclass(frozen=True)
class CheckpointReport:
    """What came of an import.

    Attributes:
        path: The file written.
        spec: The network.
        warning: What has to be known of these weights; may be empty.
        licence: Under which they may be used.
    """

    path: Path
    spec: Spec
    warning: str
    licence: str


def import_weights(
    source: Path, family: str, target: Path | None = None, *, overwrite: bool = False
) -> CheckpointReport:
    """Turn a checkpoint of others into a file of weights that computes the same.

    Args:
        source: The checkpoint; it is read only, and nothing in it is executed. Of a family with several files, one of
            them, or their folder.
        family: A name of `families`.
        target: The file to write; without one, it lies beside the checkpoint and is named like it, ``.safetensors``.
        overwrite: Whether an existing target is replaced.

    Raises:
        UsageError: No such family; or the target exists, or is the checkpoint itself.
        ModelError: The checkpoint is missing, damaged, not as its family has it, or holds more than tensors and plain
            values.
        OutputError: The target cannot be written.
    """
    if family not in families():
        raise UsageError(f"{option('family')} {family}: no such family; known are {', '.join(families())}")
    known = families()[family]
    files = _files_of(source, known)
    target = target or source.with_suffix(".safetensors")
    if target.resolve() in {file.resolve() for file in files}:
        raise UsageError(f"{target}: is the checkpoint itself; name another file by {option('target')}")
    if target.exists() and not overwrite:
        raise UsageError(
            f"{target}: exists already; name another file by {option('target')}, or pass {option('overwrite')}"
        )
    model = known.read(files[0].parent if known.files else source)
    card = {
        "family": family,
        "project": known.project,
        "source_file": ", ".join(file.name for file in files),
        "source_sha256": ", ".join(map(sha256_of, files)),
        "licence": known.licence,
        **({"warning": known.warning} if known.warning else {}),
    }
    save_weights(target, model, card)
    return CheckpointReport(target, model.spec, known.warning, known.licence)


def _files_of(source: Path, family: Family) -> list[Path]:
    """List the files of a checkpoint.

    Raises:
        ModelError: One is missing.
    """
    if not family.files:
        if not source.is_file():
            raise ModelError(f"{source}: no such file; name the checkpoint's file")
        return [source]
    files = [(source if source.is_dir() else source.parent) / name for name in family.files]
    for file in files:
        if not file.is_file():
            raise ModelError(f"{file}: no such file; name a folder that holds {' and '.join(family.files)}")
    return files
