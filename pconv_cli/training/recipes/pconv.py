"""The recipe of the paper's network: reconstruction, whose second phase freezes the encoder's BatchNorm."""

from typing import cast

from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.pconv.unet import PConvUNet
from pconv_cli.core.networks.pconv.widening import widened
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.weights import load_weights
from pconv_cli.errors import UsageError, option
from pconv_cli.training.network_options import chosen_spec
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.phases import PhasePlan
from pconv_cli.training.presets import Phase
from pconv_cli.training.recipes.reconstruction import Reconstruction


class PConvRecipe(Reconstruction):
    """See `Reconstruction`.

    References:
        Liu et al., ECCV 2018, section 4.1.
    """

    @classmethod
    def initial(cls, options: TrainOptions, known: Architecture) -> Network:
        """Make the network of a new run: that of ``init``, widened where that is asked for; or a fresh one.

        Raises:
            ModelError: ``init`` cannot be loaded, or no network has the width of ``widen``.
            UsageError: ``widen`` is not above the width of ``init``.
        """
        if options.init is None:
            return known.network(chosen_spec(options, known))
        loaded = cast(PConvUNet, load_weights(options.init))
        return loaded if options.widen is None else widened(loaded, options.widen)

    @classmethod
    def check(cls, options: TrainOptions, network: Network) -> None:
        """Refuse one image a step where that leaves BatchNorm a single value a channel.

        Raises:
            UsageError: So it is.
        """
        spec = cast(PConvUNet, network).spec
        if spec.batch_norm and options.batch == 1 and options.crop <= spec.size_multiple:
            raise UsageError(
                f"{option('batch')} 1 with {option('crop')} {options.crop}: the deepest level is one value a channel, "
                "which BatchNorm "
                f"cannot normalise; take 2 images or more, or crops above {spec.size_multiple}"
            )

    def begin(self, plan: PhasePlan) -> None:
        """Freeze the encoder's BatchNorm or let it learn, and make a fresh optimiser."""
        cast(PConvUNet, self.network).freeze_encoder_norm(plan.phase is Phase.FINETUNE)
        super().begin(plan)
