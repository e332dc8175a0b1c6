"""EdgeConnect: edges first, drawn into the hole from those around it; then colours, between the edges."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pconv_cli.core.networks.edge_connect.canny import canny_edges, grey_of
from pconv_cli.core.networks.edge_connect.generators import Generator
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import ModelError

# Below this side a reflection at a quarter of the scale would be wider than what it reflects.
_LEAST_SIDE = 12


@dataclass(frozen=True)
class EdgeConnectSpec(Spec):
    """What distinguishes one `EdgeConnect` from another; stored with its weights.

    Attributes:
        width: Channels of both generators at full scale; the paper's is 64.
        blocks: Residual blocks of each; the paper has 8.
        sigma: Standard deviation in pixels of Canny's Gaussian.

    Example:
        >>> EdgeConnectSpec().size_multiple, EdgeConnectSpec().padded(9)
        (4, 12)
    """

    width: int = 64
    blocks: int = 8
    sigma: float = 2.0

    size_multiple = 4

    def __post_init__(self) -> None:
        whole = type(self.width) is int and type(self.blocks) is int
        if not (whole and 1 <= self.width <= 1024 and 1 <= self.blocks <= 64 and 0 < self.sigma <= 32):
            raise ModelError(
                f"no edge-connect network has width {self.width}, blocks {self.blocks} and sigma {self.sigma}: width "
                "is 1 to 1024, blocks 1 to 64, sigma above 0 and up to 32"
            )

    @property
    def reach(self) -> int:
        """How far the residual blocks of one stage see, each 3 pixels at a quarter of the scale."""
        return 12 * self.blocks

    def padded(self, side: int) -> int:
        """Give the length in pixels that a side is padded to."""
        return super().padded(max(side, _LEAST_SIDE))


class EdgeConnect(Network):
    """The edge generator and the completion network.

    Holes are white in the grey and the colour image, and black among the edges. The completion network sees Canny's
    edges where valid and the generated ones, which are shares in [0, 1], in the hole: so it was trained. (The
    original's script for testing gives it generated edges everywhere.)

    Args:
        spec: What distinguishes it.

    References:
        Nazeri et al., "EdgeConnect: Generative Image Inpainting with Adversarial Edge Learning", ICCV workshops 2019.

    Example:
        >>> network = EdgeConnect(EdgeConnectSpec(width=4, blocks=1))
        >>> made = network(torch.rand(1, 3, 30, 42), torch.ones(1, 1, 30, 42))
        >>> tuple(made.output.shape), tuple(made.extras["edges"].shape)
        ((1, 3, 30, 42), (1, 1, 30, 42))
    """

    spec: EdgeConnectSpec

    def __init__(self, spec: EdgeConnectSpec) -> None:
        super().__init__(spec)
        self.edge = Generator(3, 1, spec.width, spec.blocks, spectral=True)
        self.completion = Generator(4, 3, spec.width, spec.blocks, spectral=False)

    def forward(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict whole images; see `Network.forward`. ``extras`` has the ``edges`` that the second stage saw."""
        made = super().forward(x, mask)
        assert made.extras is not None
        height, width = x.shape[-2:]
        return made._replace(extras={name: values[..., :height, :width] for name, values in made.extras.items()})

    def predict(self, x: Tensor, mask: Tensor) -> Prediction:
        """Draw edges, then colours; see `Network.predict`."""
        grey = grey_of(x)
        known = canny_edges(grey, mask, self.spec.sigma)
        edges = torch.lerp(self.draw(grey, known, mask).to(known.dtype), known, mask)
        return Prediction(self.colour(x, edges, mask), extras={"edges": edges})

    def draw(self, grey: Tensor, edges: Tensor, mask: Tensor) -> Tensor:
        """Generate edges.

        Args:
            grey: ``(N, 1, H, W)`` in [0, 1]; what stands in a hole is not looked at.
            edges: ``(N, 1, H, W)`` of ones and zeros; likewise.
            mask: ``(N, 1, H, W)``, 1 = valid.

        Returns:
            ``(N, 1, H, W)`` in [0, 1], everywhere.
        """
        return torch.sigmoid(self.edge(edge_input(grey, edges, mask)))

    def colour(self, x: Tensor, edges: Tensor, mask: Tensor) -> Tensor:
        """Complete colours between edges: RGB and edges, ``(N, 3, H, W)`` and ``(N, 1, H, W)``, to RGB in [0, 1]."""
        return coloured(self.completion(colour_input(x, edges, mask)))


def edge_input(grey: Tensor, edges: Tensor, mask: Tensor) -> Tensor:
    """Give what the edge generator sees, ``(N, 3, H, W)``: grey, white in holes; known edges; 1 = hole."""
    return torch.cat([torch.lerp(torch.ones_like(grey), grey, mask), edges * mask, 1 - mask], 1)


def colour_input(x: Tensor, edges: Tensor, mask: Tensor) -> Tensor:
    """Give what the completion network sees, ``(N, 4, H, W)``: RGB, white in holes; edges."""
    return torch.cat([torch.lerp(torch.ones_like(x), x, mask), edges], 1)


def coloured(values: Tensor) -> Tensor:
    """Turn the completion network's linear output into RGB in [0, 1]."""
    return (torch.tanh(values) + 1) / 2
