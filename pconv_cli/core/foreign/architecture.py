"""Networks of other projects, for `pconv_cli.core.networks.registry`."""

from pconv_cli.core.foreign.network import ForeignEngine, ForeignNetwork
from pconv_cli.core.foreign.spec import ForeignSpec
from pconv_cli.core.networks.registry import Architecture

#: What `architecture_of` gives for them; they are made of files, and no options name them.
ARCHITECTURE = Architecture("foreign", ForeignSpec, ForeignNetwork, engine=ForeignEngine)
