"""Compare symbolic gradients with finite differences.

For outputs y and fixed random weights w the scalar L = Re(sum(conj(w) * y)) is a function of the
inputs.  The gradient g for an input x, started from w, must satisfy dL = Re(sum(conj(g) * dx)) in
every direction dx; that is TensorFlow's convention for complex numbers too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices
from graphflow.core.dtypes import as_dtype
from graphflow.core.gradients import gradients
from graphflow.core.graph import Graph, Tensor
from graphflow.core.op import Array
from graphflow.core.sparse import IndexedSlicesValue
from graphflow.session import Session
from graphflow.testing.compare import as_array, largest

# Up to so many elements each one is varied alone, beyond that in random directions.
_MAX_ELEMENTS = 24
_DIRECTIONS = 8
_EPSILON = {"bfloat16": 2.0**-8, "float16": 2.0**-11, "float32": 2.0**-24, "complex64": 2.0**-24}
_DOUBLE_EPSILON = 2.0**-53


def check_gradient(
    function: Callable[..., Any],
    *values: Any,
    wrt: Sequence[int] | None = None,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Assert that the gradients of a function of tensors agree with finite differences.

    Args:
      function: builds a tensor (or a list of tensors) from one tensor for each value.
      *values: arrays at which to differentiate; float64 and complex128 give the sharpest check.
      wrt: indices of the values with respect to which to differentiate, by default all floating
        and complex ones.
      order: 1 to check gradients, 2 to check also the gradients of these.
      rtol: the relative tolerance, by default what finite differences reach in the dtype.
      atol: the absolute tolerance, by default `rtol` times the largest gradient.

    Raises:
      AssertionError: a gradient is wrong; the text names the input and the direction.
      LookupError: an operation has no gradient.

    >>> import graphflow as tf
    >>> check_gradient(lambda x, y: tf.exp(x) * y, np.array([0.5, -1.0]), np.array([2.0, 3.0]))
    """
    arrays = [np.asarray(value) for value in values]
    with Graph().as_default() as graph:
        tensors = [ops.placeholder(as_dtype(array.dtype), array.shape) for array in arrays]
        outputs = function(*tensors)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    chosen = range(len(arrays)) if wrt is None else wrt
    xs = [tensors[i] for i in chosen if _is_inexact(tensors[i])]
    with Session(graph=graph) as session:
        point = Point(session, dict(zip(tensors, arrays, strict=True)))
        derivative = Derivative(point, xs, outputs)
        derivative.check(rtol, atol)
        if order > 1:
            derivative.next().check(rtol, atol)


def _is_inexact(tensor: Tensor) -> bool:
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex


class Point:
    """Where a graph is evaluated: values for placeholders and for variables.

    Args:
      session: a session of the graph.
      values: the value of each placeholder, or of the variable behind a reference or handle.
    """

    def __init__(self, session: Session, values: dict[Tensor, Array]) -> None:
        self.session = session
        self.values = values

    def evaluate(self, fetches: Sequence[Any], moved: dict[Tensor, Array]) -> list[Any]:
        """Run the fetches with some values moved elsewhere.

        Args:
          fetches: tensors and indexed slices.
          moved: other values for some tensors.
        """
        values = {**self.values, **moved}
        feeds = {}
        for tensor, value in values.items():
            if tensor.op.op.is_variable:
                self.session._resources.cell(tensor.op).replace(value.copy(), is_own=False)
            else:
                feeds[tensor] = value
        results: list[Any] = self.session.run(list(fetches), feeds)
        return results


class Derivative:
    """The gradients of outputs with respect to inputs, at a point.

    Args:
      point: where to evaluate.
      xs: placeholders, or handles of variables.
      ys: the outputs; those that are neither floating nor complex are left out.

    Attributes:
      grads: for each x the symbolic gradient: a tensor, indexed slices, or None.

    Raises:
      LookupError: an operation has no gradient.
    """

    def __init__(self, point: Point, xs: Sequence[Tensor], ys: Sequence[Tensor]) -> None:
        self.point = point
        self.xs = list(xs)
        self.ys = [y for y in ys if _is_inexact(y)]
        generator = np.random.RandomState(len(self.xs) + 7 * len(self.ys))
        with point.session.graph.as_default():
            self.weights = [ops.placeholder(y.dtype.base_dtype, y.shape) for y in self.ys]
            self.grads = gradients(self.ys, self.xs, self.weights) if self.ys else [None] * len(xs)
        shapes = [np.shape(value) for value in point.evaluate(self.ys, {})]
        for tensor, shape in zip(self.weights, shapes, strict=True):
            point.values[tensor] = _random(generator, shape, tensor.dtype.as_numpy_dtype)
        self._random = generator
        self._magnitude: float | None = None

    def next(self) -> Derivative:
        """Return the derivative of the gradients, with respect to the inputs and the weights."""
        first = [g.values if isinstance(g, IndexedSlices) else g for g in self.grads]
        return Derivative(
            self.point, [*self.xs, *self.weights], [grad for grad in first if grad is not None]
        )

    def values(self) -> list[Array]:
        """Return the gradients' values as dense arrays, zeros where there is no gradient."""
        present = [grad for grad in self.grads if grad is not None]
        found = iter(self.point.evaluate(present, {}))
        dense = []
        for x, grad in zip(self.xs, self.grads, strict=True):
            like = self.point.values[x]
            dense.append(np.zeros_like(like) if grad is None else _dense(next(found), like))
        return dense

    def check(self, rtol: float | None = None, atol: float | None = None) -> None:
        """Assert that gradients have their inputs' shapes and dtypes and the right values.

        Args:
          rtol: the relative tolerance.
          atol: the absolute tolerance.

        Raises:
          AssertionError: a gradient is wrong.
        """
        if not self.ys:
            return
        analytic = self.values()
        for x, grad, value in zip(self.xs, self.grads, analytic, strict=True):
            like = self.point.values[x]
            what = f"the gradient for {x.op.name!r}"
            if grad is not None and not grad.shape.is_compatible_with(like.shape):
                raise AssertionError(f"{what} has the static shape {grad.shape}, not {like.shape}")
            if grad is not None and grad.dtype.base_dtype is not as_dtype(like.dtype):
                raise AssertionError(f"{what} has the static dtype {grad.dtype}, not {like.dtype}")
            if value.shape != like.shape or value.dtype != like.dtype:
                raise AssertionError(
                    f"{what} is {value.dtype}{value.shape}, not {like.dtype}{like.shape}"
                )
            self._check_values(x, value, what, rtol, atol)

    def _check_values(
        self, x: Tensor, analytic: Array, what: str, rtol: float | None, atol: float | None
    ) -> None:
        epsilon = self._epsilon(x)
        tolerance = rtol if rtol is not None else _tolerance(epsilon)
        labels, expected, found = [], [], []
        noise = 0.0
        for label, direction in self._directions(analytic):
            step = self._step(x, direction, epsilon)
            noise = max(noise, self._noise(epsilon, step, tolerance))
            labels.append(label)
            expected.append(self._difference(x, direction, step))
            found.append(_inner(analytic, direction))
        if not labels:
            return
        scale = max(largest(np.array(expected)), noise)
        allowed = atol if atol is not None else tolerance * scale
        for label, numeric, symbolic in zip(labels, expected, found, strict=True):
            if not abs(numeric - symbolic) <= allowed + tolerance * abs(numeric):
                raise AssertionError(
                    f"{what} is wrong {label}: {symbolic}, but differences give {numeric} "
                    f"(rtol {tolerance:.2g}, atol {allowed:.2g})"
                )

    def _epsilon(self, x: Tensor) -> float:
        """The coarsest precision that takes part."""
        names = [as_dtype(self.point.values[x].dtype).name, *(y.dtype.name for y in self.ys)]
        return max(_EPSILON.get(name, _DOUBLE_EPSILON) for name in names)

    def _step(self, x: Tensor, direction: Array, epsilon: float) -> float:
        """How far to go: less far from small numbers, near which functions bend more."""
        moved = np.abs(self.point.values[x])[direction != 0]
        size = min(max(float(moved.min()), 0.1), 1.0)
        return float(np.cbrt(epsilon)) * size

    def _noise(self, epsilon: float, step: float, tolerance: float) -> float:
        """The magnitude below which the rounding of the outputs drowns a gradient."""
        if self._magnitude is None:
            self._magnitude = self._find_magnitude()
        return 10 * epsilon * self._magnitude / step / tolerance

    def _find_magnitude(self) -> float:
        terms = [
            float(np.sum(np.abs(_widened(weight)) * np.abs(_widened(value))))
            for weight, value in self._weighted({})
        ]
        return sum(terms)

    def _directions(self, like: Array) -> Iterator[tuple[str, Array]]:
        units = [1.0, 1j] if np.iscomplexobj(like) else [1.0]
        if like.size > _MAX_ELEMENTS:
            for number in range(_DIRECTIONS):
                direction = _random(self._random, like.shape, like.dtype)
                yield f"in random direction {number}", direction
            return
        for index in np.ndindex(like.shape):
            for unit in units:
                direction = np.zeros_like(like)
                direction[index] = unit
                yield f"at {list(index)}{' (imaginary)' if unit == 1j else ''}", direction

    def _difference(self, x: Tensor, direction: Array, step: float) -> float:
        value = self.point.values[x]
        factor = np.asarray(step, direction.dtype)
        above, below = value + factor * direction, value - factor * direction
        width = _inner(_widened(above) - _widened(below), direction)
        length = _inner(direction, direction)
        change = self._loss({x: above}) - self._loss({x: below})
        return change / width * length if width else 0.0

    def _loss(self, moved: dict[Tensor, Array]) -> float:
        return sum(_inner(weight, value) for weight, value in self._weighted(moved))

    def _weighted(self, moved: dict[Tensor, Array]) -> list[tuple[Array, Array]]:
        """Each output's weights and value."""
        outputs = map(as_array, self.point.evaluate(self.ys, moved))
        weights = [self.point.values[tensor] for tensor in self.weights]
        return list(zip(weights, outputs, strict=True))


def _tolerance(epsilon: float) -> float:
    """The relative tolerance of central differences of functions computed with a precision."""
    return 1e-7 if epsilon == _DOUBLE_EPSILON else min(0.1, 300 * epsilon ** (2 / 3))


def _widened(array: Array) -> Array:
    return array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)


def _inner(a: Array, b: Array) -> float:
    """Re(sum(conj(a) * b)) in double precision."""
    return float(np.real(np.vdot(_widened(a), _widened(b))))


def _random(generator: np.random.RandomState, shape: tuple[int, ...], dtype: Any) -> Array:
    values = generator.uniform(0.5, 1.5, shape) * generator.choice([-1, 1], shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * generator.uniform(-1, 1, shape)
    return np.asarray(values).astype(dtype)


def _dense(value: Any, like: Array) -> Array:
    if not isinstance(value, IndexedSlicesValue):
        return as_array(value)
    dense = np.zeros(like.shape, np.asarray(value.values).dtype)
    np.add.at(dense, value.indices, value.values)
    return dense
