"""EdgeConnect: edges, then colours."""

from pconv_cli.core.networks.edge_connect.importing import FAMILIES
from pconv_cli.core.networks.edge_connect.network import EdgeConnect, EdgeConnectSpec
from pconv_cli.core.networks.registry import Architecture

ARCHITECTURE = Architecture("edge-connect", EdgeConnectSpec, EdgeConnect, families=FAMILIES)
