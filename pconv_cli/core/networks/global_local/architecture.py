"""Globally and locally consistent image completion (Iizuka et al., 2017): architecture and importer of checkpoints."""

from pconv_cli.core.networks.global_local.importing import FAMILIES
from pconv_cli.core.networks.global_local.network import GlobalLocal, GlobalLocalSpec
from pconv_cli.core.networks.registry import Architecture

ARCHITECTURE = Architecture(name="global-local", spec=GlobalLocalSpec, network=GlobalLocal, families=FAMILIES)
