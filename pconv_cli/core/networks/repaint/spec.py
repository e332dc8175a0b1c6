"""What distinguishes one diffusion network from another."""

from dataclasses import dataclass
from typing import get_args

from pconv_cli.core.networks.repaint.schedule import Noise
from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import ModelError


@dataclass(frozen=True)
class RePaintSpec(Spec):
    """What distinguishes one `RePaint` from another; stored with its weights.

    Attributes:
        size: Side in pixels of the images that it is trained on, and of the windows that it fills.
        width: Channels at full scale, and of the time's embedding.
        multipliers: Channels of each level by those; each level has half the side of the one before it.
        blocks: Residual blocks of a level.
        attention: Levels with self-attention, by how many times smaller than the image they are.
        head_channels: Channels of a head of attention.
        scale_shift: Whether the time scales and shifts what is normalised, or is added before.
        updown: Whether residual blocks halve and double, or single convolutions.
        learned_variance: Whether it says variances too.
        noise: How noise grows from level to level; see `pconv_cli.core.networks.repaint.schedule`.
        levels: Levels of noise that it is trained on.
        steps: Levels that a fill passes through if nothing else is asked for.
        jump: How many levels a fill goes back by, to go them again; j in the paper.
        repeats: How often it goes each of them; r in the paper.

    Example:
        >>> RePaintSpec().channels, RePaintSpec().fixed_size
        ((64, 128, 128, 256), 128)
    """

    size: int = 128
    width: int = 64
    multipliers: tuple[int, ...] = (1, 2, 2, 4)
    blocks: int = 2
    attention: tuple[int, ...] = (8,)
    head_channels: int = 64
    scale_shift: bool = True
    updown: bool = False
    learned_variance: bool = False
    noise: Noise = "cosine"
    levels: int = 1000
    steps: int = 25
    jump: int = 5
    repeats: int = 5

    values = "signed"
    keeps_known = True

    def __post_init__(self) -> None:
        for name in ("multipliers", "attention"):  # JSON has lists
            object.__setattr__(self, name, tuple(getattr(self, name)))
        numbers = ("size", "width", "blocks", "head_channels", "levels", "steps", "jump", "repeats")
        whole = (*(getattr(self, name) for name in numbers), *self.multipliers, *self.attention)
        if not all(type(value) is int and 1 <= value <= 1 << 16 for value in whole) or not self.multipliers:
            raise ModelError(f"no repaint network has {self}: its numbers are whole, and 1 or more")
        if self.noise not in get_args(Noise) or self.steps > self.levels:
            raise ModelError(f"no repaint network has noise {self.noise!r} and {self.steps} of {self.levels} levels")
        if self.size % self.smallest:
            raise ModelError(
                f"no repaint network of {len(self.multipliers)} levels has size {self.size}: that is a multiple of "
                f"{self.smallest}"
            )
        attending = {*self.attention, self.smallest}
        heads = [c for level, c in enumerate(self.channels) if 2**level in attending]
        if any(c > self.head_channels and c % self.head_channels for c in heads):
            raise ModelError(
                f"no repaint network has heads of {self.head_channels} channels where levels with attention have "
                f"{', '.join(map(str, heads))}"
            )

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each level, from the image down."""
        return tuple(self.width * times for times in self.multipliers)

    @property
    def smallest(self) -> int:
        """How many times smaller than the image the last level is."""
        return int(2 ** (len(self.multipliers) - 1))

    @property
    def fixed_size(self) -> int:
        """The side of the windows that it fills."""
        return self.size

    @property
    def reach(self) -> int:
        """Attention sees everything in a window; a fill is relied on as far as half of it."""
        return self.size // 2
