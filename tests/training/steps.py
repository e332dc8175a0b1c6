"""Options of two small networks, and what one step of their recipes moves."""

import torch

from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.recipes.edge_connect import EdgeConnectRecipe

EDGES = {"network": "edge-connect", "width": 4, "network_options": {"blocks": 1}, "crop": 24}
NOISE = {"network": "repaint", "width": 8, "crop": 64, "learning_rate": 1e-3}
NOISE |= {"network_options": {"multipliers": "1,2,2", "blocks": 1, "attention": 4, "head_channels": 8}}


def batch_of(size=24, known=None):
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(2, 3, size, size, generator=generator) / 10
    truth[..., size // 2 :] += 0.7
    mask = torch.ones(2, 1, size, size)
    mask[..., 6:16, 8:18] = 0
    return Batch(truth, mask if known is None else mask * known, known)


def recipe_of(options, network, kind=EdgeConnectRecipe):
    torch.manual_seed(1)
    recipe = kind(options, network.train(), InpaintingLoss(LossWeights(**options.weights)), torch.float32, team)
    recipe.begin(options.phases[0])
    return recipe


team = Team(torch.device("cpu"))


def joined(recipe):
    return {name: JoinedModule(module, team, False) for name, module in recipe.modules.items()}
