"""DeepFill v2, the network of gated convolutions."""

from pathlib import Path

from pconv_cli.core.importing.tensorflow import is_bundle
from pconv_cli.core.networks.deepfill.importing import LICENCE, read_converted, read_snapshot
from pconv_cli.core.networks.gated.network import Gated, GatedSpec
from pconv_cli.core.networks.registry import Architecture, Family


def _make(width: int) -> Gated:
    return Gated(GatedSpec(width))


def _read(path: Path) -> Gated:
    if is_bundle(path):
        return read_snapshot(_make, path, "deepfill2")
    return read_converted(_make, path, "deepfill2", turn=False)


def _read_bgr(path: Path) -> Gated:
    return read_converted(_make, path, "deepfill2-bgr", turn=True)


# Of the conversion; snapshots of TensorFlow's are turned.
_ORDER = (
    "the original was trained on BGR, and nothing says whether a file of PyTorch's has its kernels turned to RGB, "
    "which its own program gives it"
)

ARCHITECTURE = Architecture(
    "gated",
    GatedSpec,
    Gated,
    families={
        "deepfill2": Family("JiahuiYu/generative_inpainting", _read, f"{_ORDER}: deepfill2-bgr turns them", LICENCE),
        "deepfill2-bgr": Family(
            "nipponjo/deepfillv2-pytorch", _read_bgr, f"{_ORDER}: deepfill2 does not turn them", LICENCE
        ),
    },
)
