"""An op applied to values, alone in a graph, ready to be run in every way that the checks need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_op
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.op import Array, Context, InputArg, Op, Sample
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.checks import ArraySource
from graphflow.runtime.resources import ResourceManager
from graphflow.session import Session
from graphflow.testing.compare import as_array

_T = TypeVar("_T")
StaticShape = Callable[[tuple[int, ...]], TensorShape]


class Input:
    """One tensor that an op takes, and the value that a check gives it.

    Args:
      arg: the declared input it belongs to.
      value: an array, or a spec if there is to be no value.

    Attributes:
      arg: the declared input it belongs to.
      array: the value, that of the variable if the op takes a variable; None if there is none.
      shape: the shape of the value, or what is to be known of it.
      dtype: the dtype of the value.
      is_variable: whether the op takes a reference or handle of a variable.
    """

    def __init__(self, arg: InputArg, value: Any) -> None:
        self.arg = arg
        self.array: Any = None
        dtype: DType | None = None
        if isinstance(value, TensorSpec):
            self.shape, dtype = value.shape, value.dtype.base_dtype
        else:
            self.array = as_array(value)
            self.shape = TensorShape.of(self.array.shape)
            if self.array.dtype != object:
                dtype = as_dtype(self.array.dtype)
        is_handle = arg.dtype is not None and arg.dtype.name == "resource"
        self.is_variable = arg.is_ref or (is_handle and dtype not in (None, arg.dtype))
        self.dtype: DType = dtype or arg.dtype or as_dtype("string")

    @property
    def spec_dtype(self) -> DType:
        """The dtype of the tensor that the op takes."""
        if self.arg.is_ref:
            return self.dtype._as_ref
        return self.arg.dtype if self.arg.dtype is not None else self.dtype

    def spec(self, shape: TensorShape | None = None) -> TensorSpec:
        """Return the tensor's spec: the value's own with the value, or one of another shape."""
        if shape is not None:
            return TensorSpec(shape, self.spec_dtype)
        source = None if self.is_variable else ArraySource(self.array)
        return TensorSpec(self.shape, self.spec_dtype, source=source)

    def __str__(self) -> str:
        return f"{self.spec_dtype.name}{self.shape}"


def inputs_of(op: Op, values: Iterable[Any]) -> list[Input]:
    """Return the flat inputs of an op from one value (or list of values) for each declared one."""
    found: list[Input] = []
    for arg, value in zip(op.input_args(), values, strict=True):
        items = value if arg.is_list else [value]
        found.extend(Input(arg, item) for item in items)
    return found


def full_shape(shape: tuple[int, ...]) -> TensorShape:
    """Return the shape as it is."""
    return TensorShape.of(shape)


def unknown_dims(shape: tuple[int, ...]) -> TensorShape:
    """Return a shape of the same rank of which no size is known."""
    return TensorShape.of((None,) * len(shape))


def unknown_rank(shape: tuple[int, ...]) -> TensorShape:
    """Return the shape of which nothing is known."""
    del shape
    return TensorShape.of(None)


def stand_in(arg: InputArg, spec: TensorSpec, name: str | None = None) -> Tensor:
    """Add a tensor of a spec to the default graph that an op can take as a declared input.

    Args:
      arg: the declared input.
      spec: shape and dtype; those of the variable if the op takes one.
      name: the name of the new operation.

    Returns:
      A placeholder, or the reference or handle of a variable.
    """
    tensor: Tensor
    if arg.is_ref or spec.dtype._is_ref_dtype:
        tensor = ops.variable_op_v2(spec.shape, spec.dtype.base_dtype, name=name)
    elif arg.dtype is not None and arg.dtype.name == "resource" and spec.dtype is not arg.dtype:
        # In TensorFlow all handles without a shared name stand for one variable.
        shared_name = get_default_graph().unique_name(name or "variable", mark_as_used=False)
        tensor = ops.var_handle_op(spec.dtype, spec.shape, shared_name, name=name)
    else:
        tensor = ops.placeholder(spec.dtype, spec.shape, name=name)
    return tensor


class Case:
    """An op applied to values in a graph of its own.

    Args:
      op: the op with its attributes.
      values: one value (or list of values) for each declared input; a spec stands for a tensor
        without value.
      static: gives the static shape of a placeholder for the shape of its value.
      constants: whether the values are constants of the graph; else placeholders that are fed.

    Attributes:
      op: the op.
      inputs: the flat inputs.
      graph: the graph.
      tensors: the tensors that stand for the inputs' values: placeholders, constants, or the
        variables' references and handles.
      operation: the operation.
    """

    def __init__(
        self,
        op: Op,
        values: Iterable[Any],
        static: StaticShape = full_shape,
        constants: bool = False,
    ) -> None:
        self.op = op
        self.inputs = inputs_of(op, values)
        self.graph = Graph()
        self._constants = constants
        with self.graph.as_default():
            self.tensors = [
                self._place(index, item, static) for index, item in enumerate(self.inputs)
            ]
            self.operation: Operation = apply_op(op, *op.group_inputs(self.tensors), name="op")

    def _place(self, index: int, item: Input, static: StaticShape) -> Tensor:
        name = f"in_{index}"
        if item.array is None:
            return stand_in(item.arg, TensorSpec(item.shape, item.dtype), name)
        if self._constants and not item.is_variable:
            tensor: Tensor = ops.constant(item.array, item.dtype, name=name)
            return tensor
        return stand_in(item.arg, TensorSpec(static(item.array.shape), item.dtype), name)

    @property
    def outputs(self) -> list[Tensor]:
        """The outputs that have values: all but handles of resources."""
        return self.visible(self.operation.outputs)

    def visible(self, items: Iterable[_T]) -> list[_T]:
        """Return those of one item for each output that belong to `outputs`."""
        hidden = ("resource", "variant")
        pairs = zip(items, self.operation.outputs, strict=True)
        return [item for item, output in pairs if output.dtype.base_dtype.name not in hidden]

    @property
    def feeds(self) -> dict[Tensor, Array]:
        """The values of the placeholders."""
        return {
            tensor: item.array
            for tensor, item in zip(self.tensors, self.inputs, strict=True)
            if item.array is not None and not item.is_variable and not self._constants
        }

    def session(self) -> Session:
        """Return a new session in which the variables have their values."""
        session = Session(graph=self.graph)
        for tensor, item in zip(self.tensors, self.inputs, strict=True):
            if item.is_variable and item.array is not None:
                session._resources.cell(tensor.op).replace(item.array.copy(), is_own=False)
        return session

    def run(self) -> list[Array]:
        """Run the op in a session.

        Returns:
          The values of `outputs`, then the new values of the variables that the op writes.
        """
        with self.session() as session:
            values = session.run([*self.outputs, self.operation], self.feeds)[:-1]
            cells = [session._resources.cell(self.tensors[i].op) for i in self.op.writes]
            return [as_array(value) for value in (*values, *(cell.read() for cell in cells))]

    def run_kernel(self, arrays: Sequence[Array] | None = None, **options: Any) -> list[Array]:
        """Run the op's kernel alone, with state of its own.

        Args:
          arrays: the inputs' values, by default those of the case.
          **options: passed on to the kernel.

        Returns:
          What it returns, always as a list: first the new values of variables.
        """
        arguments: list[Any] = [item.array for item in self.inputs] if arrays is None else [*arrays]
        if self.op.needs_context:
            arguments.insert(0, Context(self.operation, _NoRun()))
        with np.errstate(all="ignore"):
            result = self.op.kernel(*arguments, **options)
        return list(result) if isinstance(result, (tuple, list)) else [result]

    def __str__(self) -> str:
        return f"{self.op!r}({', '.join(map(str, self.inputs))})"


class _NoRun:
    """What a kernel that is called alone finds in place of a run."""

    def __init__(self) -> None:
        self.resources = ResourceManager()
        self.cancellation = Cancellation()
        self.step_id = 0


def other_shapes(inputs: Sequence[Input]) -> Iterator[tuple[int, list[TensorShape]]]:
    """Yield the inputs' shapes with that of one input changed, and the index of that input."""
    shapes = [item.shape for item in inputs]
    for index, item in enumerate(inputs):
        for other in _neighbours(item.array.shape):
            yield index, [*shapes[:index], TensorShape.of(other), *shapes[index + 1 :]]


def _neighbours(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield shapes with one axis more or less, and with one size changed."""
    yield (*shape, 1)
    yield (2, *shape)
    yield shape[1:] if shape else (3, 2, 1)
    for axis, size in enumerate(shape):
        yield (*shape[:axis], size + 1, *shape[axis + 1 :])


def is_random(sample: Sample) -> bool:
    """Tell whether two runs of a sample give different results.

    Args:
      sample: any sample.
    """
    if not sample.op.stateful:
        return False
    case = Case(sample.op, sample.inputs)
    first, second = case.run(), case.run()
    return any(
        one.shape != other.shape or one.tobytes() != other.tobytes()
        for one, other in zip(first, second, strict=True)
        if one.dtype != object
    )
