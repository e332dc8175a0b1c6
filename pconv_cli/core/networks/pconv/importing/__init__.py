"""Readers of other projects' checkpoints of this network, a module a project.

Those differences that are exact in the kernels are put there (scalings, order of channels, biases before BatchNorm,
another eps); the others are fields of `ModelSpec`.
"""

from pconv_cli.core.networks.pconv.importing import ja3067, keras, mmagic, naoto0804, rizvi
from pconv_cli.core.networks.registry import Family

FAMILIES: dict[str, Family] = {
    "naoto0804": Family(
        "naoto0804/pytorch-inpainting-with-partial-conv",
        naoto0804.read,
        "its training resized masks softly, and its users report artefacts with hard masks, which are all that this "
        "program makes: look at results before relying on them",
    ),
    "keras": Family("MathiasGruber/PConv-Keras", keras.read),
    "mmagic": Family("open-mmlab/mmagic", mmagic.read),
    "rizvi": Family("rizvi-ha/pconv-demo", rizvi.read),
    "ja3067": Family("ja3067/pytorch-inpainting-partial-conv", ja3067.read),
}
