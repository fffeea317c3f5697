"""What updates of variables by steps of optimizers have in common.

Each is a formula from the values of a variable and its slots, and the gradient, to new values.  It
is applied to all elements, or, with sparse gradients, to some rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from graphflow.core.build import apply, apply_op
from graphflow.core.convert import to_reference
from graphflow.core.dtypes import INDEX, INEXACT
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array, ErrorSample, Op, RepeatedRows, Sample
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_in_range, f32, i32, invalid
from graphflow.ops.kernels.combine import combined
from graphflow.ops.kernels.compiled import CompiledLater
from graphflow.ops.state import is_resource, value_spec

Buffers: TypeAlias = "Array | Sequence[Array] | None"

INDICES: dict[str, Any] = {"Tindices": INDEX}

# Arrays are updated in blocks that fit the processor's cache.
_BLOCK = 16384
_GRADIENTS = ("grad", "delta")
_SAMPLE = {
    "lr": 0.5, "alpha": 0.5, "rho": 0.9, "momentum": 0.8, "epsilon": 0.01, "l1": 0.1, "l2": 0.2,
    "l2_shrinkage": 0.3, "lr_power": -0.5, "beta1": 0.9, "beta2": 0.8, "beta1_power": 0.81,
    "beta": 0.75, "sign_decay": 0.6, "logbase": 0.7,
}  # fmt: skip


def targets(values: Sequence[Array], out: Buffers) -> list[Array]:
    """Return the arrays for new values, with the current ones in them.

    Args:
      values: the current values.
      out: the arrays to write to, maybe the current values themselves; fresh ones by default.
    """
    if out is None:
        return [np.array(value, order="C") for value in values]
    arrays = [out] if isinstance(out, np.ndarray) else [*out]
    for index, value in enumerate(values):
        if arrays[index] is not value:
            np.copyto(arrays[index], value)
    return arrays


def is_compilable(arrays: Sequence[Array]) -> bool:
    """Whether compiled loops may write to these arrays, which have one dtype."""
    for array in arrays:
        if not array.flags.c_contiguous:
            return False
    return arrays[0].dtype.char in "fd"


class _Roles(NamedTuple):
    """Which inputs of an update are what.

    Attributes:
      grad: the position of the gradient.
      indices: that of the rows' numbers, None if all are updated.
      numbers: names and positions of the other inputs, but the states.
    """

    grad: int
    indices: int | None
    numbers: list[tuple[str, int]]


_roles_of: dict[type[Update], _Roles] = {}


def _find_roles(names: Sequence[str], writes: Sequence[int]) -> _Roles:
    grad = next(names.index(name) for name in _GRADIENTS if name in names)
    indices = names.index("indices") if "indices" in names else None
    others = {*writes, grad, indices}
    return _Roles(
        grad,
        indices,
        [pair for pair in zip(names, range(len(names)), strict=True) if pair[1] not in others],
    )


class Update(Op):
    """Base of all updates.

    Attributes:
      is_resource_kind: whether the variables are resource variables.
    """

    types: ClassVar[Any] = {"T": INEXACT, **INDICES}
    outputs = "out"
    stateful = True
    differentiable = False
    has_out = True
    is_resource_kind: ClassVar[bool] = False

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        """Return the new values of the variable and its slots, for some of their elements."""
        raise NotImplementedError

    def infer(self, *specs: TensorSpec) -> Any:
        named = dict(zip(self._names(), specs, strict=True))
        grad = next(named[name] for name in _GRADIENTS if name in named)
        indices = named.get("indices")
        shape = self._state_spec(specs[0], grad).shape
        for index in self.writes[1:]:
            spec = self._state_spec(specs[index], grad)
            if not shape.is_compatible_with(spec.shape):
                raise ValueError(
                    f"variable and slots must have one shape: {shape} and {spec.shape}"
                )
            shape = shape.merge_with(spec.shape)
        _check_grad_shape(shape, grad.shape, None if indices is None else indices.shape)
        for name, spec in named.items():
            is_number = name not in (*_GRADIENTS, "indices") and self._names().index(name) not in (
                self.writes
            )
            if is_number and spec.shape.rank:
                raise ValueError(f"{name} must be a scalar, it has shape {spec.shape}")
        if self.is_resource_kind:
            return ()
        known = shape.merge_with(grad.shape) if indices is None else shape
        return TensorSpec(known, specs[0].dtype._as_ref)

    def _state_spec(self, spec: TensorSpec, grad: TensorSpec) -> TensorSpec:
        return value_spec(spec, grad.dtype.base_dtype) if self.is_resource_kind else spec

    @classmethod
    def _names(cls) -> list[str]:
        return [arg.name for arg in cls.input_args()]

    @classmethod
    def _roles(cls) -> _Roles:
        """Which input is what."""
        roles = _roles_of.get(cls)
        if roles is None:
            roles = _roles_of[cls] = _find_roles(cls._names(), cls.writes)
        return roles

    def with_repeated_rows(self) -> RepeatedRows | None:
        roles = self._roles()
        if roles.indices is None:
            return None
        return RepeatedRows(_SummedFirst(self), roles.grad, roles.indices)

    def kernel(self, *inputs: Array, out: Any = None) -> Any:
        roles = self._roles()
        states = [inputs[index] for index in self.writes]
        grad = inputs[roles.grad]
        dtype = states[0].dtype
        numbers = {
            name: inputs[position].astype(dtype, copy=False)[()] for name, position in roles.numbers
        }
        new = targets(states, out)
        if roles.indices is not None:
            self._update_rows(new, grad, inputs[roles.indices], numbers)
        else:
            self._update_all(states, grad, numbers, new)
        return new[0] if len(new) == 1 else tuple(new)

    def _update_all(
        self, states: Sequence[Array], grad: Array, numbers: dict[str, Any], new: Sequence[Array]
    ) -> None:
        for state in states:
            if np.shape(state) != np.shape(grad):
                raise invalid(
                    f"variable, slots and gradient must have one shape: {np.shape(state)} and "
                    f"{np.shape(grad)}"
                )
        flat = [array.reshape(-1) for array in new]
        flat_grad = np.reshape(grad, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            for start in range(0, flat_grad.size, _BLOCK):
                block = slice(start, start + _BLOCK)
                results = self.formula([array[block] for array in flat], flat_grad[block], numbers)
                for array, result in zip(flat, results, strict=True):
                    array[block] = result

    def loop(self) -> CompiledLater | None:
        """Return the loop over rows that does what `formula` does, if there is one.

        It takes the numbers in the order of the inputs.
        """
        return None

    def _update_rows(
        self, new: Sequence[Array], grad: Array, indices: Array, numbers: dict[str, Any]
    ) -> None:
        check_in_range("indices", indices, len(new[0]))

        def in_blocks() -> None:
            self._update_blocks_of_rows(new, grad, indices, numbers)

        loop = self.loop()
        if loop is None or not grad.size or not is_compilable(new):
            in_blocks()
            return

        def arguments() -> list[Any]:
            tables = [array.reshape(len(array), -1) for array in new]
            rows = np.ascontiguousarray(grad).reshape(len(indices), -1)
            return [np.ascontiguousarray(indices), *tables, rows, *numbers.values()]

        flags = grad.flags.writeable, indices.flags.writeable
        loop.run((grad.dtype.char, indices.dtype.char, *flags), arguments, in_blocks)

    def _update_blocks_of_rows(
        self, new: Sequence[Array], grad: Array, indices: Array, numbers: dict[str, Any]
    ) -> None:
        length = max(1, _BLOCK * len(indices) // max(1, grad.size))
        with np.errstate(divide="ignore", invalid="ignore"):
            for places in _without_repetitions(indices):
                for start in range(0, len(places), length):
                    block = places[start : start + length]
                    rows = indices[block]
                    states = [array.take(rows, axis=0) for array in new]
                    results = self.formula(states, grad[block], numbers)
                    for array, result in zip(new, results, strict=True):
                        array[rows] = result

    @classmethod
    def _sample_inputs(cls) -> dict[str, Any]:
        names = cls._names()
        states = [[[1, 2], [4, 7], [3, 5]], [[5, 1], [2, 8], [6, 3]],
                  [[0.5, 1], [2, 4], [3, 0.25]], [[1, 3], [0.5, 2], [2, 1]]]  # fmt: skip
        is_sparse = "indices" in names
        gradient = [[3, -1], [0.7, 2]] if is_sparse else [[3, -1], [0.7, 2], [-4, 0.05]]
        found: dict[str, Any] = {}
        for position, name in enumerate(names):
            if position in cls.writes:
                found[name] = f32(states[cls.writes.index(position)])
            elif name in _GRADIENTS:
                found[name] = f32(gradient)
            elif name == "indices":
                found[name] = i32([2, 0])
            elif name == "global_step":
                found[name] = np.int64(3)
            else:
                found[name] = f32(_SAMPLE[name])
        return found

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        yield Sample.of(make(), *cls._sample_inputs().values())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        inputs = cls._sample_inputs()
        gradient = next(name for name in _GRADIENTS if name in inputs)
        wrong = {**inputs, gradient: f32([[3, 1, 2]])}
        for position in cls.writes:
            wrong[cls._names()[position]] = TensorSpec([3, 2], "float32")
        yield ErrorSample(cls(), tuple(wrong.values()), "must have shape")
        if "indices" in inputs:
            wrong = {**inputs, "indices": i32([2, 3])}
            yield ErrorSample(
                cls(), tuple(wrong.values()), r"is not in \[0, 3\)",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class _SummedFirst(Op):
    """An update of rows that adds up the slices of equal indices before.

    Attributes:
      update: the update.
    """

    update: Update

    def kernel(self, *inputs: Array, out: Any = None) -> Any:
        roles = self.update._roles()
        assert roles.indices is not None
        arguments = list(inputs)
        arguments[roles.grad], arguments[roles.indices] = combined(
            inputs[roles.grad], inputs[roles.indices]
        )
        return self.update.kernel(*arguments, out=out)


def _check_grad_shape(shape: TensorShape, grad: TensorShape, indices: TensorShape | None) -> None:
    if indices is None:
        wanted = shape
    elif indices.rank not in (None, 1):
        raise ValueError(f"indices must be a vector, they have shape {indices}")
    elif shape.rank is None:
        return
    else:
        wanted = TensorShape(indices[:1] if indices.rank == 1 else [None]).concatenate(shape[1:])
    if not wanted.is_compatible_with(grad):
        raise ValueError(f"the gradient must have shape {wanted}, it has shape {grad}")


def _without_repetitions(indices: Array) -> list[Array]:
    """Group the places of a vector of indices so that no index comes twice in a group.

    The first group has the first occurrence of each index, the next one the second occurrences, and
    so on: the updates of a row come one after the other, in their order.

    >>> [places.tolist() for places in _without_repetitions(np.array([5, 3, 5, 5, 3]))]
    [[0, 1], [2, 4], [3]]
    """
    ordered = np.sort(indices)
    if not (ordered[1:] == ordered[:-1]).any():
        return [np.arange(len(indices))]
    order = np.argsort(indices, kind="stable")
    ordered = indices[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    counts = np.diff(starts, append=len(indices))
    occurrence = np.empty(len(indices), np.intp)
    occurrence[order] = np.arange(len(indices)) - np.repeat(starts, counts)
    places = np.argsort(occurrence, kind="stable")
    return np.split(places, np.cumsum(np.bincount(occurrence))[:-1])


def apply_by_kind(
    op: Op, resource_op: Op, variables: Sequence[Any], others: Sequence[Any], name: str | None
) -> Any:
    """Apply the op that fits the kind of the variables.

    Args:
      op: the op for reference variables.
      resource_op: the op for resource variables.
      variables: the variable and its slots, the first inputs.
      others: the other inputs.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.
    """
    if not is_resource(variables[0]):
        return apply(op, *variables, *others, name=name)
    handles = [to_reference(variable) for variable in variables]
    return apply_op(resource_op, *handles, *others, name=name)
