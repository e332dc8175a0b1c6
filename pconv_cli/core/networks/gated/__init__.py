"""DeepFill v2, the network of gated convolutions."""

from pconv_cli.core.networks.gated.network import Gated, GatedSpec
from pconv_cli.core.networks.registry import Architecture

ARCHITECTURE = Architecture("gated", GatedSpec, Gated)
