"""A graph of ONNX operators, written down one by one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Runtimes from 2022 on read these.
OPSET = 17
IR_VERSION = 8


class OnnxGraph:
    """Operators and constants in the order in which they are added; values go by their names.

    Args:
        half: Whether kernels and the like are stored in float16; computed is in float32 all the same.
    """

    def __init__(self, half: bool = False) -> None:
        self._half = half
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator with one output, and give that output's name."""
        return self.ops(kind, *inputs, count=1, **attributes)[0]

    def ops(self, kind: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """Add an operator with several outputs."""
        from onnx import helper

        number = len(self._nodes)
        outputs = [f"v{number}_{i}" for i in range(count)]
        # Programs that rewrite graphs find nodes by their names, which the format does not ask for.
        self._nodes.append(helper.make_node(kind, list(inputs), outputs, f"{kind}_{number}", **attributes))
        return outputs

    def constant(self, value: float | list[int] | NDArray[Any]) -> str:
        """Add a constant: a float or an array as float32, a list as int64."""
        from onnx import numpy_helper

        array = np.asarray(value, np.int64 if isinstance(value, list) else np.float32)
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name: str, value: NDArray[Any]) -> str:
        """Add a value of the network under its own name."""
        from onnx import TensorProto, numpy_helper

        stored = value.astype(np.float16 if self._half else np.float32)
        self._constants.append(numpy_helper.from_array(stored, name))
        return self.op("Cast", name, to=TensorProto.FLOAT) if self._half else name

    def model(self, inputs: dict[str, list[str | int]], outputs: dict[str, str], said: dict[str, str]) -> Any:
        """Return the whole as an ONNX model.

        Args:
            inputs: Shapes by name; a dimension that is a word may be of any size.
            outputs: Names that the outputs get, and of the values that they are; all have the first input's shape.
            said: What the file says of itself.
        """
        from onnx import TensorProto, helper

        shape = next(iter(inputs.values()))
        nodes = self._nodes + [helper.make_node("Identity", [value], [name], name) for name, value in outputs.items()]
        graph = helper.make_graph(
            nodes,
            "pconv",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in outputs],
            self._constants,
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="pconv")
        helper.set_model_props(model, said)
        return model
