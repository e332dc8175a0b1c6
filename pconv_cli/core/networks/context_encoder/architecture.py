"""Context Encoders (Pathak et al., CVPR 2016): architecture and importer of checkpoints."""

from pconv_cli.core.networks.context_encoder.importing import FAMILIES
from pconv_cli.core.networks.context_encoder.network import ContextEncoder, ContextEncoderSpec
from pconv_cli.core.networks.registry import Architecture

ARCHITECTURE = Architecture(name="context-encoder", spec=ContextEncoderSpec, network=ContextEncoder, families=FAMILIES)
