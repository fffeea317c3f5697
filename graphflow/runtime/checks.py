"""Checks of steps whose shapes depend on data: in every run, but not twice for the same shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.compiler.plan import Step
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape, TensorSpec, ValueSource
from graphflow.runtime.failures import failure

# Shapes, axes and permutations are no longer than this.
_MAX_REMEMBERED_BYTES = 256
# So many different inputs of a step are remembered; then it begins anew.
_MAX_REMEMBERED = 256

_Shapes = tuple[tuple[int, ...] | None, ...]


class ArraySource:
    """The source of a spec whose value is at hand.

    Attributes:
      was_read: whether somebody has asked for the value.
    """

    __slots__ = ("_value", "was_read")

    def __init__(self, value: Array) -> None:
        self._value = value
        self.was_read = False

    def constant_value(self) -> Array:
        """Return the value."""
        self.was_read = True
        return np.asarray(self._value)

    def partial_value(self) -> None:
        """Return None: the value itself is known."""
        return None


def spec_of(array: Array, tensor: Tensor) -> TensorSpec:
    """Return the concrete spec of a value of `tensor`."""
    return TensorSpec(
        TensorShape.of(np.shape(array)), tensor.dtype.base_dtype, source=ArraySource(array)
    )


def infer_checked(step: Step, specs: Sequence[TensorSpec]) -> Sequence[TensorSpec]:
    """Run the op's `infer` on concrete specs.

    Raises:
      InvalidArgumentError: the shapes do not fit.
    """
    try:
        result = step.op.infer(*specs)
    except (ValueError, TypeError) as error:
        refused = InvalidArgumentError(None, None, str(error))
        raise failure(refused, step.operation, specs) from error
    return (result,) if isinstance(result, TensorSpec) else result


class _Asked:
    """The source of a spec that notes whether somebody asks in vain for its value."""

    __slots__ = ("_source", "was_unknown")

    def __init__(self, source: ValueSource | None) -> None:
        self._source = source
        self.was_unknown = False

    def constant_value(self) -> Array | None:
        """Return the value, or None if it is not known."""
        value = None if self._source is None else self._source.constant_value()
        self.was_unknown |= value is None
        return value

    def partial_value(self) -> tuple[int | None, ...] | int | None:
        """Return the known integers of a vector or scalar, or None if nothing is known."""
        value = None if self._source is None else self._source.partial_value()
        is_whole = value is not None and not (isinstance(value, tuple) and None in value)
        self.was_unknown |= not is_whole
        return value


def depends_on_values(step: Step, specs: Sequence[TensorSpec]) -> bool:
    """Tell whether values that are not known yet decide whether the inputs of a step fit.

    Args:
      step: the step.
      specs: of its inputs, which fit as far as they are known; their shapes are.
    """
    sources = [_Asked(spec.source) for spec in specs]
    step.op.infer(
        *[
            TensorSpec(spec.shape, spec.dtype, source=source)
            for spec, source in zip(specs, sources, strict=True)
        ]
    )
    return any(source.was_unknown for source in sources)


class Check:
    """Checks the inputs of a step before it runs.

    What has passed once is not judged again.  The shapes of the inputs decide, and the values that
    `infer` reads, such as the axes of a sum.

    Args:
      step: the step.
    """

    __slots__ = ("_passed", "_step")

    def __init__(self, step: Step) -> None:
        self._step = step
        # By shapes, then by the positions of the inputs that were read: their bytes.  What is in it
        # does not change, for other threads may look at it.
        self._passed: dict[_Shapes, dict[tuple[int, ...], frozenset[tuple[bytes, ...]]]] = {}

    def __call__(self, inputs: Sequence[Any]) -> None:
        """Check the inputs of a run.

        Args:
          inputs: their values; None for one that is not read.

        Raises:
          InvalidArgumentError: the shapes do not fit.
        """
        shapes = tuple([None if value is None else _shape(value) for value in inputs])
        passed = self._passed.get(shapes)
        if passed is not None:
            for positions, values in passed.items():
                if tuple([inputs[position].tobytes() for position in positions]) in values:
                    return
        self._judge(shapes, inputs)

    def _judge(self, shapes: _Shapes, inputs: Sequence[Any]) -> None:
        specs = [
            tensor.spec if value is None else spec_of(value, tensor)
            for value, tensor in zip(inputs, self._step.operation.inputs, strict=True)
        ]
        infer_checked(self._step, specs)
        read = tuple(
            [
                position
                for position, spec in enumerate(specs)
                if isinstance(spec.source, ArraySource) and spec.source.was_read
            ]
        )
        values = [inputs[position] for position in read]
        if all(_is_short(value) for value in values):
            self._remember(shapes, read, tuple([value.tobytes() for value in values]))

    def _remember(
        self, shapes: _Shapes, positions: tuple[int, ...], values: tuple[bytes, ...]
    ) -> None:
        if len(self._passed) >= _MAX_REMEMBERED:
            self._passed = {}
        passed = self._passed.get(shapes, {})
        before = passed.get(positions, frozenset())
        kept = before if len(before) < _MAX_REMEMBERED else frozenset()
        self._passed[shapes] = {**passed, positions: kept | {values}}


def _shape(value: Any) -> tuple[int, ...]:
    return value.shape if value.__class__ is np.ndarray else np.shape(value)


def _is_short(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.nbytes <= _MAX_REMEMBERED_BYTES
