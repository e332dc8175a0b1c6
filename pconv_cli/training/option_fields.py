"""Fields of a run's options that hold several values by name, kept as pairs in the order of the names."""

import math
from collections.abc import Mapping

from pconv_cli.arguments import Field
from pconv_cli.errors import UsageError, option

Weights = tuple[tuple[str, float], ...]
Texts = tuple[tuple[str, str], ...]


class LossWeightsField(Field[Mapping[str, float] | Weights, Weights]):
    """Weights by the names of terms; none by default."""

    def __init__(self) -> None:
        super().__init__(self.checked, ())

    @staticmethod
    def checked(given: Mapping[str, float] | Weights) -> Weights:
        """Refuse what is not a weight.

        Raises:
            UsageError: A value is not a finite number, or below 0.
        """
        weights = dict(given)
        for name, value in weights.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise UsageError(f"{option('loss_weights')} {name}={value}: must be a finite number, 0 or more")
        return tuple((name, float(weights[name])) for name in sorted(weights))


class NetworkOptionsField(Field[Mapping[str, object] | Texts, Texts]):
    """Values by the names of a network's own options, as text; none by default. What they mean, the network says."""

    def __init__(self) -> None:
        super().__init__(self.texts, ())

    @staticmethod
    def texts(given: Mapping[str, object] | Texts) -> Texts:
        """Write values as text."""
        values = dict(given)
        return tuple((name, _text(values[name])) for name in sorted(values))


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
