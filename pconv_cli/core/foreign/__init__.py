"""Networks of other projects, run as the files that those ship, TorchScript and ONNX.

`container.py` finds what a file is; `torchscript.py` and `onnx_file.py` read what goes in and comes out
(`signature.py`) and run it; `conventions.py` is the table of what the files in circulation want, `spec.py` how that is
done; `network.py` makes a network of it as any other here, and `orange.py` tests it.
"""

from dataclasses import dataclass
from pathlib import Path

import torch

from pconv_cli.core.foreign.container import container_of
from pconv_cli.core.foreign.conventions import parse_said, spec_of
from pconv_cli.core.foreign.network import ForeignEngine, ForeignNetwork
from pconv_cli.core.foreign.onnx_file import RunningOnnx, read_onnx
from pconv_cli.core.foreign.orange import check_orange
from pconv_cli.core.foreign.signature import Signature
from pconv_cli.core.foreign.spec import ForeignSpec
from pconv_cli.core.foreign.torchscript import RunningTorchScript, read_torchscript
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.errors import ModelError, UsageError, option

#: What `architecture_of` gives for them; they are made of files, and no options name them.
ARCHITECTURE = Architecture("foreign", ForeignSpec, ForeignNetwork, engine=ForeignEngine)


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
        return {} if self.foreign is None else parse_said(self.foreign)


def read_foreign(path: Path) -> Signature | None:
    """Read what a file takes and gives, and run nothing of it; None: it is not a network of another project.

    Raises:
        ModelError: It is damaged, or of a kind that is not run here.
        OSError: It cannot be read.
    """
    container = container_of(path)
    if container is None:
        return None
    return read_onnx(path) if container == "ONNX" else read_torchscript(path)


def load_foreign(path: Path, signature: Signature, how: Foreign, device: torch.device) -> ForeignNetwork:
    """Load a network of another project and test it.

    Raises:
        ModelError: It is not trusted, of no known convention, cannot be loaded or does not run; or the test shows that
            it is used in another way than it was made for.
        UsageError: It is trusted, and not a program.
    """
    spec = spec_of(path, signature, how.said)
    check_trusted(path, signature, how)
    running: RunningOnnx | RunningTorchScript
    running = RunningOnnx(path, device) if signature.container == "ONNX" else RunningTorchScript(path, device)
    network = ForeignNetwork(path, signature, spec, running).eval()
    if isinstance(running, RunningOnnx) and running.computes_on != device.type:
        network.doubts = (f"{path}: runs on the processor, since onnxruntime has no provider for {device} here",)
    with torch.inference_mode():
        check_orange(network, how.said)
    return network


def check_trusted(path: Path, signature: Signature, how: Foreign) -> None:
    """Refuse a program that its user does not trust, and trust in what is not a program.

    Raises:
        ModelError: It is such a program.
        UsageError: It is not a program.
    """
    if how.trust and signature.container != "TorchScript":
        raise UsageError(
            f"{option('trust')}: {path} is {signature.container} and no program (TorchScript); leave it out"
        )
    if signature.container == "TorchScript" and not how.trust:
        raise ModelError(
            f"{path}: is TorchScript, a program that can do whatever you can; if you trust those who made it, give "
            f"{option('trust')}"
        )
