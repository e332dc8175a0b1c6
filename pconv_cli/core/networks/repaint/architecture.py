"""RePaint: a diffusion network and the sampler that fills holes with it."""

from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.networks.repaint.importing import FAMILIES
from pconv_cli.core.networks.repaint.network import RePaint, RePaintEngine
from pconv_cli.core.networks.repaint.spec import RePaintSpec

ARCHITECTURE = Architecture("repaint", RePaintSpec, RePaint, engine=RePaintEngine, families=FAMILIES, samples=True)
