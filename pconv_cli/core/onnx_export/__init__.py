"""A network as an ONNX file, which any runtime of that format computes without this program."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import architecture_of
from pconv_cli.core.onnx_export.graph import OnnxGraph
from pconv_cli.core.weights import load_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError, option
from pconv_cli.files.atomic import atomic_path

# Largest difference from the network itself that an export may have on the image that it is checked on.
_TOLERANCE = 1e-3


def export_onnx(source: str | Path, target: Path, notes: Mapping[str, Any], *, half: bool = False) -> float:
    """Write weights and their network as ONNX, and check the file against the network in onnxruntime.

    The file takes ``picture`` (N, 3, H, W) in float32, RGB in [0, 1], and ``mask`` (N, 1, H, W) of ones (valid) and
    zeros (hole), of any N, any H and W up to 65,536, and gives ``output`` (N, 3, H, W), not clamped, as the network.

    Args:
        source: Name of a shipped set, or a path.
        target: The file to write.
        notes: Added to what the weights say of themselves; replaces what has its name.
        half: Whether values are stored in float16, which halves the file; computed is in float32.

    Returns:
        The largest difference between the file's output and the network's, absolute or, above 1, relative.

    Raises:
        ModelError: onnx or onnxruntime is not installed; the source cannot be used, is of a network that has no ONNX
            writer, or holds a value too large for float16; or the file would not compute what the network does.
        OutputError: The target cannot be written.
    """
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise ModelError("exporting ONNX takes more packages: pip install 'pconv-cli[onnx]'") from error
    info = describe_weights(source)
    model = load_weights(source)
    known = architecture_of(model)
    if known.onnx is None:
        raise ModelError(f"{source}: {known.name} networks cannot be written as ONNX; export without {option('onnx')}")
    if half:
        _round_to_half(source, model)
    graph = OnnxGraph(half)
    # LaMa's files have inputs `image` and `mask`, whose mask is the other way round, and are known by these names.
    output = known.onnx(graph, model, "picture", "mask")
    said = {
        "spec": json.dumps(info.spec.to_json()),
        "card": json.dumps({**info.card, **notes}, ensure_ascii=False),
        "picture": "float32 RGB in 0..1, (N, 3, H, W); what stands in holes is not looked at",
        "mask": "float32, 1 = valid, 0 = hole, (N, 1, H, W)",
        "output": "float32 RGB, not clamped, (N, 3, H, W)",
    }
    any_size: list[str | int] = ["batch", 3, "height", "width"]
    written = graph.model({"picture": any_size, "mask": ["batch", 1, "height", "width"]}, {"output": output}, said)
    onnx.checker.check_model(written, full_check=True)
    content = written.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # enough for one small image, and nothing that waits for its turn spins
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    difference = _difference(session, model, source)
    if not difference <= _TOLERANCE:
        raise ModelError(
            f"{target}: would differ from the network by {difference:.2g} in onnxruntime {onnxruntime.__version__}; "
            "nothing was written; try another release of onnxruntime"
        )
    with atomic_path(target) as temporary:
        temporary.write_bytes(content)
    return difference


def _difference(session: Any, model: Network, source: str | Path) -> float:
    """The largest difference on two images of an odd size with holes.

    Raises:
        ModelError: The network itself overflows on them.
    """
    random = np.random.default_rng(0)
    image = random.random((2, 3, 75, 91), np.float32)
    mask = (random.random((2, 1, 75, 91)) > 0.2).astype(np.float32)
    mask[:, :, 20:50, 30:70] = 0
    (ours,) = session.run(["output"], {"picture": image, "mask": mask})
    with torch.inference_mode():
        theirs = model(torch.from_numpy(image), torch.from_numpy(mask)).output.numpy()
    if not np.isfinite(theirs).all():
        raise ModelError(f"{source}: computes values that are not finite; take other weights")
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1)).max())


def _round_to_half(source: str | Path, model: Network) -> None:
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.copy_(value.half())
            if not torch.isfinite(value).all():
                raise ModelError(
                    f"{source}: {name} holds values that are not finite in float16; export without {option('half')}"
                )
