"""The examples of the networks beside the paper's run, and give what they show."""

import doctest

import pytest
import torch

from pconv_cli.core.networks.context_encoder import network as context_encoder
from pconv_cli.core.networks.edge_connect import canny
from pconv_cli.core.networks.edge_connect import network as edge_connect
from pconv_cli.core.networks.global_local import network as global_local
from pconv_cli.core.networks.repaint import network as repaint
from pconv_cli.core.networks.repaint import noise, schedule, spec, unet


@pytest.mark.parametrize(
    "module", [context_encoder, global_local, canny, edge_connect, repaint, noise, schedule, spec, unet]
)
def test_examples_give_what_they_show(module):
    found = doctest.testmod(module, extraglobs={"torch": torch})
    assert found.attempted
    assert not found.failed
