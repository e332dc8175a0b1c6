"""Readers of public checkpoints of the completion network: its authors', and mmagic's."""

from pconv_cli.core.networks.global_local.importing import mmagic, original
from pconv_cli.core.networks.registry import Family

FAMILIES: dict[str, Family] = {
    "global-local": Family(
        "satoshiiizuka/siggraph2017_inpainting",
        original.read,
        licence="CC BY-NC-SA 4.0, the authors', for non-commercial use alone",
    ),
    "mmagic-gl": Family(
        "open-mmlab/mmagic",
        mmagic.read,
        licence="Apache 2.0 for the code; the weights were trained on Places365 or CelebA-HQ, whose terms are "
        "non-commercial research",
    ),
}
