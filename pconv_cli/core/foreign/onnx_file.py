"""ONNX: what a file takes and gives, and the network in it in onnxruntime."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pconv_cli.core.foreign.signature import Signature, TensorPort
from pconv_cli.cores import usable_cores
from pconv_cli.errors import ModelError

# The operators that onnxruntime has: ONNX's own and its maker's.
_KNOWN_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"}

# onnxruntime's names of the types of tensors, as NumPy has them where they differ.
_STORED = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "int8": "I8", "uint8": "U8", "int64": "I64"}

# Of the providers of onnxruntime those for what torch calls CUDA, which is AMD's too.
_GPU = ("CUDAExecutionProvider", "MIGraphXExecutionProvider", "ROCMExecutionProvider")

# What onnxruntime puts before what it says: its codes, the node, the place in its source.
_MARKS = re.compile(r"^(\[ONNXRuntimeError\] : \d+ : \w+ : (Non-zero .*?Status Message: )?(/\S+:\d+ .*?\) )?)+")


def read_onnx(path: Path) -> Signature:
    """Read what an ONNX file takes and gives.

    Raises:
        ModelError: onnx is not installed; the file is damaged, needs operators that onnxruntime does not have, or keeps
            its values in a file that is not there.
    """
    onnx = _imported("onnx")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # of Protocol Buffers, which has kinds of its own
        raise _unreadable(path) from error
    graph = model.graph
    if not graph.node or not graph.output:
        raise _unreadable(path)
    own = {function.domain for function in model.functions}
    unknown = {f"{n.domain}.{n.op_type}" for n in graph.node if n.domain not in _KNOWN_DOMAINS | own}
    if unknown:
        raise ModelError(
            f"{path}: needs operators that onnxruntime does not have ({', '.join(sorted(unknown)[:3])}); export it "
            "with those of ONNX alone"
        )
    values: Counter[str] = Counter()
    for tensor in graph.initializer:
        kind = _kind(onnx, path, tensor.data_type)
        count = 1
        for side in tensor.dims:
            count *= side
        values[_STORED.get(kind, kind)] += count
    constants = {tensor.name for tensor in graph.initializer}  # which old files list among the inputs
    return Signature(
        "ONNX",
        tuple(_port(onnx, path, value) for value in graph.input if value.name not in constants),
        tuple(_port(onnx, path, value) for value in graph.output),
        sum(values.values()),
        max(values, key=lambda kind: values[kind], default="F32"),
        f"{model.producer_name} {model.producer_version}".strip(),
        _beside(path, graph.initializer),
    )


class RunningOnnx:
    """An ONNX network in onnxruntime.

    Its tensors lie in the memory of the processor, wherever it computes: windows are small beside what is done to them.

    Args:
        path: The file.
        device: Where it computes, if onnxruntime has a provider for it; else on the processor.

    Attributes:
        computes_on: Where it computes, as torch calls it.

    Raises:
        ModelError: onnxruntime is not installed, or cannot load the file.
    """

    device = torch.device("cpu")

    def __init__(self, path: Path, device: torch.device) -> None:
        runtime = _imported("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = min(usable_cores(), torch.get_num_threads())
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other stages want the cores
        options.use_deterministic_compute = True
        options.enable_mem_pattern = False  # windows have several sizes
        options.log_severity_level = 4  # what goes wrong is raised, too
        gpu = next((name for name in _GPU if name in runtime.get_available_providers()), None)
        self.computes_on = "cuda" if device.type == "cuda" and gpu is not None else "cpu"
        providers: list[Any] = ["CPUExecutionProvider"]
        if self.computes_on == "cuda":
            more = {"use_tf32": 0} if gpu == _GPU[0] else {}
            providers.insert(0, (gpu, {"device_id": device.index or 0, **more}))
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # onnxruntime's kinds have no common base
            raise ModelError(
                f"{path}: onnxruntime {runtime.__version__} cannot load it ({_line(error)}); export it otherwise, or "
                "try another release"
            ) from error
        if self._session.get_providers()[0] == providers[-1]:  # also where a GPU's libraries are not there
            self.computes_on = "cpu"
        self._names = [one.name for one in self._session.get_inputs()]
        self._outputs = [self._chosen_output()]

    def __call__(self, inputs: Sequence[Tensor]) -> Tensor:
        """Run the network.

        Raises:
            ValueError: It does not run on these.
        """
        feed = {name: one.contiguous().numpy() for name, one in zip(self._names, inputs, strict=True)}
        try:
            (output,) = self._session.run(self._outputs, feed)
        except Exception as error:
            if "allocate memory" in str(error) or "bad_alloc" in str(error):
                raise MemoryError(_line(error)) from error
            raise ValueError(_line(error)) from error
        return torch.from_numpy(output)

    def _chosen_output(self) -> str:
        """The output of three channels where there are several, or the first."""
        outputs = self._session.get_outputs()
        images = [one.name for one in outputs if len(one.shape) == 4 and one.shape[1] == 3]
        return str((images or [outputs[0].name])[0])


def _beside(path: Path, initializers: Any) -> tuple[Path, ...]:
    """The files in which values lie that are not in the file itself."""
    entries = [entry for tensor in initializers for entry in tensor.external_data if entry.key == "location"]
    files = tuple(path.parent / name for name in sorted({entry.value for entry in entries}))
    for file in files:
        if not file.is_file() or path.parent.resolve() not in file.resolve().parents:
            raise ModelError(f"{path}: keeps its values in {file}, which is not beside it; put it there")
    return files


def _imported(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise ModelError("running ONNX files takes more packages: pip install 'pconv-cli[onnx]'") from error


def _port(onnx: Any, path: Path, value: Any) -> TensorPort:
    tensor = value.type.tensor_type
    if not tensor.elem_type:
        return TensorPort(value.name, "no tensor")
    kind = _kind(onnx, path, tensor.elem_type)
    if not tensor.HasField("shape"):
        return TensorPort(value.name, kind)
    return TensorPort(value.name, kind, tuple(d.dim_value if d.dim_value > 0 else None for d in tensor.shape.dim))


def _kind(onnx: Any, path: Path, number: int) -> str:
    """What a tensor holds, as NumPy names it."""
    try:
        return str(onnx.helper.tensor_dtype_to_np_dtype(number).name)
    except KeyError as error:  # a number that stands for no type
        raise _unreadable(path) from error


def _unreadable(path: Path) -> ModelError:
    return ModelError(f"{path}: cannot be read as ONNX; the file is damaged or of another kind")


def _line(error: Exception) -> str:
    """Return what onnxruntime says on one line, without its own codes and places in its source."""
    said = " ".join(str(error).split()) or type(error).__name__
    return _MARKS.sub("", said)[:200]
