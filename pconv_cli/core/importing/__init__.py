"""Others' public checkpoints, turned into weights of this program that compute the same.

Each family has its module, whose first lines say how it differs. Those differences that are exact in the kernels are
put there (scalings, order of channels, biases before BatchNorm, another eps); the others are fields of `ModelSpec`.
"""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pconv_cli.core.importing import ja3067, keras, mmagic, naoto0804, rizvi
from pconv_cli.core.unet import ModelSpec
from pconv_cli.core.weights import save_weights
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.files.digest import sha256_of


@dataclass(frozen=True)
class Family:
    """A project whose checkpoints can be read.

    Attributes:
        project: Its home on GitHub, owner and name.
        module: What reads them, by ``read(path)``.
        warning: What has to be known of its weights; may be empty.
    """

    project: str
    module: ModuleType
    warning: str = ""


FAMILIES: dict[str, Family] = {
    "naoto0804": Family(
        "naoto0804/pytorch-inpainting-with-partial-conv",
        naoto0804,
        "its training resized masks softly, and its users report artefacts with hard masks, which are all that this "
        "program makes: look at results before relying on them",
    ),
    "keras": Family("MathiasGruber/PConv-Keras", keras),
    "mmagic": Family("open-mmlab/mmagic", mmagic),
    "rizvi": Family("rizvi-ha/pconv-demo", rizvi),
    "ja3067": Family("ja3067/pytorch-inpainting-partial-conv", ja3067),
}


@dataclass(frozen=True)
class ImportReport:
    """What came of an import.

    Attributes:
        path: The file written.
        spec: The network.
        warning: What has to be known of these weights; may be empty.
    """

    path: Path
    spec: ModelSpec
    warning: str


def import_weights(source: Path, family: str, target: Path | None = None, *, overwrite: bool = False) -> ImportReport:
    """Turn a checkpoint of others into a file of weights that computes the same.

    Args:
        source: The checkpoint; it is read only, and nothing in it is executed.
        family: A name of `FAMILIES`.
        target: The file to write; without one, it lies beside the checkpoint and is named like it, ``.safetensors``.
        overwrite: Whether an existing target is replaced.

    Raises:
        UsageError: No such family; or the target exists, or is the checkpoint itself.
        ModelError: The checkpoint is missing, damaged, not as its family has it, or holds more than tensors and plain
            values.
        OutputError: The target cannot be written.
    """
    if family not in FAMILIES:
        raise UsageError(f"--from {family}: no such family; known are {', '.join(FAMILIES)}")
    if not source.is_file():
        raise ModelError(f"{source}: no such file; name the checkpoint's file")
    target = target or source.with_suffix(".safetensors")
    if target.resolve() == source.resolve():
        raise UsageError(f"{target}: is the checkpoint itself; name another file by --out")
    if target.exists() and not overwrite:
        raise UsageError(f"{target}: exists already; name another file by --out, or pass --overwrite")
    known = FAMILIES[family]
    model = known.module.read(source)
    card = {
        "family": family,
        "project": known.project,
        "source_file": source.name,
        "source_sha256": sha256_of(source),
        "licence": "that of the source, which has to be checked there before use",
        **({"warning": known.warning} if known.warning else {}),
    }
    save_weights(target, model, card)
    return ImportReport(target, model.spec, known.warning)
