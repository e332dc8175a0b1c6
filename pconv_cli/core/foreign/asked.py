"""How a user takes files of other projects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Foreign:
    """How a user takes files of other projects.

    Attributes:
        trust: Whether TorchScript is run, which may do anything that the user may.
        foreign: What the user says of the file; see `pconv_cli.core.foreign.conventions.parse_said`.

    Raises:
        UsageError: That is not understood.
    """

    trust: bool = False
    foreign: str | None = None

    def __post_init__(self) -> None:
        _ = self.said

    @property
    def said(self) -> dict[str, object]:
        """What the user says, by the fields of `ForeignSpec`."""
        if self.foreign is None:
            return {}
        from pconv_cli.core.foreign.conventions import parse_said  # which imports torch

        return parse_said(self.foreign)
