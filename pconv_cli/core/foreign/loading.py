"""Files of other projects become networks: what one is, whether it is trusted, and what it computes."""

from pathlib import Path

import torch

from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.container import container_of
from pconv_cli.core.foreign.conventions import spec_of
from pconv_cli.core.foreign.network import ForeignNetwork
from pconv_cli.core.foreign.onnx_file import RunningOnnx, read_onnx
from pconv_cli.core.foreign.orange import check_orange
from pconv_cli.core.foreign.signature import Signature
from pconv_cli.core.foreign.torchscript import RunningTorchScript, read_torchscript
from pconv_cli.errors import ModelError, UsageError, option


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
