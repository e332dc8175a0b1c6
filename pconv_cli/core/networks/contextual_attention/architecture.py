"""DeepFill v1, the network of contextual attention."""

from pathlib import Path

from pconv_cli.core.networks.contextual_attention.network import ContextualAttention, ContextualAttentionSpec
from pconv_cli.core.networks.deepfill.importing import LICENCE, read_snapshot
from pconv_cli.core.networks.registry import Architecture, Family


def _read(path: Path) -> ContextualAttention:
    return read_snapshot(lambda width: ContextualAttention(ContextualAttentionSpec(width)), path, "deepfill1")


ARCHITECTURE = Architecture(
    "contextual-attention",
    ContextualAttentionSpec,
    ContextualAttention,
    families={"deepfill1": Family("JiahuiYu/generative_inpainting", _read, licence=LICENCE)},
)
