"""DeepFill v1, the network of contextual attention."""

from pconv_cli.core.networks.contextual_attention.network import ContextualAttention, ContextualAttentionSpec
from pconv_cli.core.networks.registry import Architecture

ARCHITECTURE = Architecture("contextual-attention", ContextualAttentionSpec, ContextualAttention)
