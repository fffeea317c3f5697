"""Updates of variables by a step of an optimizer with dense gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import INEXACT
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.parallel import parallel_for
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import f32, invalid
from graphflow.ops._updates import Buffers, apply_by_kind, is_compilable, targets
from graphflow.ops.kernels import updates
from graphflow.ops.kernels.compiled import CompiledLater
from graphflow.ops.state import value_spec

__all__ = [
    "ApplyAdagrad",
    "ApplyAdam",
    "ApplyGradientDescent",
    "ApplyMomentum",
    "ApplyRMSProp",
    "ResourceApplyAdagrad",
    "ResourceApplyAdam",
    "ResourceApplyGradientDescent",
    "ResourceApplyMomentum",
    "ResourceApplyRMSProp",
    "apply_adagrad",
    "apply_adam",
    "apply_gradient_descent",
    "apply_momentum",
    "apply_rms_prop",
]

# Arrays are updated in blocks that fit the processor's cache, with scratch space of that size.
_BLOCK = 16384

# Elements that a thread takes at once: some 50 microseconds, for memory is what limits it.
_CHUNK = 1 << 17


# -- what they share -------------------------------------------------------------------------------


def _in_blocks(update: Callable[..., None], scratch: int, arrays: Sequence[Array]) -> None:
    """Call an element-wise update on blocks of arrays of one shape.

    Args:
      update: called with scratch arrays, then a block of each array; writes to some of them.
      scratch: the number of scratch arrays.
      arrays: the arrays, contiguous where they are written.
    """
    first = arrays[0]
    size = min(first.size, _BLOCK)
    spaces = [np.empty(size, first.dtype) for _ in range(scratch)]
    flat = [array.reshape(-1) for array in arrays]
    if first.size == size:
        update(*spaces, *flat)
        return
    for start in range(0, first.size, _BLOCK):
        blocks = [array[start : start + _BLOCK] for array in flat]
        length = blocks[0].size
        update(*[space[:length] for space in spaces], *blocks)


def _run_code(code: Callable[..., None], columns: Sequence[Sequence[Array]], numbers: Any) -> None:
    """Run a loop on flat arrays: large ones in chunks that several threads take."""
    first = columns[0][0]
    if len(columns[0]) > 1 or first.size < 2 * _CHUNK:
        code(*columns, *numbers)
        return

    def update(chunk: int) -> None:
        part = slice(chunk * _CHUNK, (chunk + 1) * _CHUNK)
        code(*[(column[0][part],) for column in columns], *numbers)

    parallel_for(update, -(-first.size // _CHUNK))


def _check_grad(values: Sequence[Array], grad: Array) -> None:
    """Check the values' shapes, which a variable of unknown shape shows only now."""
    shape = grad.shape
    for value in values:
        if value.shape != shape:
            raise invalid(
                f"variable, slots and gradient must have one shape: {value.shape} and {shape}"
            )


class _Apply(Op):
    """Base of the updates of variables by a dense gradient.

    Attributes:
      grad_index: which input is the gradient; those that are neither it nor variables are scalars.
      scratch: how many arrays for intermediate results numpy's version of it needs.
    """

    types = {"T": INEXACT}
    outputs = "out"
    stateful = True
    differentiable = False
    has_out = True
    grad_index: ClassVar[int] = 0
    scratch: ClassVar[int] = 2
    is_resource_kind: ClassVar[bool] = False

    def _loop(self) -> CompiledLater | None:
        """The loop that makes the update, if there is one."""
        return None

    def _numbers(self, dtype: np.dtype[Any], *scalars: Any) -> Sequence[Any]:
        """Return the numbers that the loop takes: numpy scalars, as the op's scalars are."""
        return scalars

    def _in_place(self, *numbers: Any) -> Callable[..., None]:
        """Return numpy's version: takes scratch arrays, states to write to, and the gradient."""
        raise NotImplementedError

    def _scalars(self, inputs: Sequence[Array]) -> list[Any]:
        return [
            value[()]
            for index, value in enumerate(inputs)
            if index not in self.writes and index != self.grad_index
        ]

    def kernel(self, *inputs: Array, out: Buffers = None) -> Any:
        grad = inputs[self.grad_index]
        values = [inputs[index] for index in self.writes]
        _check_grad(values, grad)
        states = targets(values, out)
        self._update([states], [grad], self._scalars(inputs))
        return states[0] if len(states) == 1 else tuple(states)

    @classmethod
    def varying_inputs(cls) -> tuple[int, ...]:
        """The inputs in which updates made at once may differ: all but the scalars."""
        return (*cls.writes, cls.grad_index)

    def update_all(
        self, states: Sequence[Sequence[Array]], inputs: Sequence[Sequence[Array]]
    ) -> None:
        """Make several updates at once, in place."""
        grads = [values[self.grad_index] for values in inputs]
        for values, grad in zip(states, grads, strict=True):
            _check_grad(values, grad)
        self._update(states, grads, self._scalars(inputs[0]))

    def _update(
        self, states: Sequence[Sequence[Array]], grads: Sequence[Array], scalars: Sequence[Any]
    ) -> None:
        """Update arrays in place, by a loop if it is compiled."""
        dtype = grads[0].dtype
        numbers = self._numbers(dtype, *scalars)
        loop = self._loop()
        is_readonly = not grads[0].flags.writeable
        if (
            loop is None
            or not all(map(is_compilable, states))
            or any(grad.flags.writeable == is_readonly for grad in grads[1:])
        ):
            self._update_by_numpy(states, grads, scalars)
            return

        def columns() -> list[tuple[Array, ...]]:
            found = [
                tuple([values[position].reshape(-1) for values in states])
                for position in range(len(self.writes))
            ]
            return [*found, tuple([np.ascontiguousarray(grad).reshape(-1) for grad in grads])]

        kind = dtype.char, is_readonly, len(grads)
        code = loop.code(kind)
        if code is not None:
            _run_code(code, columns(), numbers)
        else:
            loop.count(
                kind,
                lambda: [*columns(), *numbers],
                lambda: self._update_by_numpy(states, grads, scalars),
            )

    def _update_by_numpy(
        self, states: Sequence[Sequence[Array]], grads: Sequence[Array], scalars: Sequence[Any]
    ) -> None:
        update = self._in_place(*scalars)
        for values, grad in zip(states, grads, strict=True):
            _in_blocks(update, self.scratch, [*values, grad])

    def infer(self, *specs: TensorSpec) -> Any:
        grad = specs[self.grad_index]
        shape = grad.shape
        for index in self.writes:
            spec = specs[index]
            if self.is_resource_kind:
                spec = value_spec(spec, grad.dtype.base_dtype)
            if not shape.is_compatible_with(spec.shape):
                raise ValueError(
                    f"variable, slots and gradient must have one shape: {spec.shape} and {shape}"
                )
            shape = shape.merge_with(spec.shape)
        for index, spec in enumerate(specs):
            if index not in self.writes and index != self.grad_index and spec.shape.rank:
                name = self.input_args()[index].name
                raise ValueError(f"{name} must be a scalar, it has shape {spec.shape}")
        return () if self.is_resource_kind else TensorSpec(shape, specs[0].dtype._as_ref)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        inputs: list[Any] = []
        for index in range(len(cls.input_args())):
            if index in cls.writes:
                inputs.append(TensorSpec([2, 3], "float32"))
            else:
                inputs.append(f32([1, 2]) if index == cls.grad_index else f32(0.5))
        yield ErrorSample(cls(), tuple(inputs), "must have one shape")


# -- gradient descent ------------------------------------------------------------------------------


class _GradientDescent(_Apply):
    """Base of both kinds of gradient descent."""

    writes = (0,)
    grad_index = 2
    scratch = 1

    def _loop(self) -> CompiledLater | None:
        return updates.descent

    def _in_place(self, alpha: Any) -> Callable[..., None]:
        def update(scratch: Array, v: Array, g: Array) -> None:
            np.multiply(g, alpha, out=scratch)
            v -= scratch

        return update

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        yield Sample.of(make(), f32([[1, 2, 4]]), f32(0.5), f32([[3, 1, 7]]))


@register
class ApplyGradientDescent(_GradientDescent):
    """Gradient descent."""

    use_locking: bool = False

    inputs = "var: &T, alpha: T, delta: T"


@register
class ResourceApplyGradientDescent(_GradientDescent):
    """Gradient descent."""

    use_locking: bool = False

    inputs = "var: resource, alpha: T, delta: T"
    outputs = ""
    is_resource_kind = True


def apply_gradient_descent(
    var: Any, alpha: Any, delta: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Make a step of gradient descent: `var -= alpha * delta`.

    Args:
      var: the variable.
      alpha: the learning rate, a scalar of its dtype.
      delta: the gradient, of its dtype and shape.
      use_locking: accepted for compatibility: updates are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 2.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(apply_gradient_descent(v, 0.5, [4.0, 1.0]))
    array([-1. ,  1.5], dtype=float32)
    """
    op = ApplyGradientDescent(use_locking), ResourceApplyGradientDescent(use_locking)
    return apply_by_kind(*op, [var], [alpha, delta], name)


# -- momentum --------------------------------------------------------------------------------------


class _Momentum(_Apply):
    """Base of both kinds of momentum."""

    use_nesterov: bool

    writes = (0, 1)
    grad_index = 3
    scratch = 1

    def _loop(self) -> CompiledLater | None:
        return updates.nesterov if self.use_nesterov else updates.momentum

    def _in_place(self, lr: Any, momentum: Any) -> Callable[..., None]:
        def update(t: Array, v: Array, a: Array, g: Array) -> None:
            a *= momentum
            a += g
            if self.use_nesterov:
                np.multiply(a, momentum, out=t)
                t += g
                t *= lr
            else:
                np.multiply(a, lr, out=t)
            v -= t

        return update

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        inputs = f32([[1, 2, 4]]), f32([[5, 1, 2]]), f32(0.5), f32([[3, 1, 7]]), f32(0.75)
        yield Sample.of(make(), *inputs)
        yield Sample.of(make(use_nesterov=True), *inputs)


@register
class ApplyMomentum(_Momentum):
    """Gradient descent with momentum."""

    use_locking: bool = False
    use_nesterov: bool = False

    inputs = "var: &T, accum: &T, lr: T, grad: T, momentum: T"


@register
class ResourceApplyMomentum(_Momentum):
    """Gradient descent with momentum."""

    use_locking: bool = False
    use_nesterov: bool = False

    inputs = "var: resource, accum: resource, lr: T, grad: T, momentum: T"
    outputs = ""
    is_resource_kind = True


def apply_momentum(
    var: Any,
    accum: Any,
    lr: Any,
    grad: Any,
    momentum: Any,
    use_locking: bool = False,
    use_nesterov: bool = False,
    name: str | None = None,
) -> Any:
    """Make a step with momentum: `accum = momentum * accum + grad; var -= lr * accum`.

    Args:
      var: the variable.
      accum: its slot, of its dtype and shape.
      lr: the learning rate, a scalar of its dtype.
      grad: the gradient, of its dtype and shape.
      momentum: a scalar of its dtype.
      use_locking: accepted for compatibility: updates are always atomic.
      use_nesterov: whether to use Nesterov's variant: `var -= lr * (grad + momentum * accum)`.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> v, slot = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 4.0])
    >>> sess = tf.Session()
    >>> sess.run([v.initializer, slot.initializer])
    [None, None]
    >>> sess.run(apply_momentum(v, slot, 0.5, [2.0, 1.0], 0.25))
    array([0., 1.], dtype=float32)
    """
    op = ApplyMomentum(use_locking, use_nesterov), ResourceApplyMomentum(use_locking, use_nesterov)
    return apply_by_kind(*op, [var, accum], [lr, grad, momentum], name)


# -- Adam ------------------------------------------------------------------------------------------


class _Adam(_Apply):
    """Base of both kinds of Adam."""

    use_nesterov: bool

    writes = (0, 1, 2)
    grad_index = 9

    def _loop(self) -> CompiledLater | None:
        return None if self.use_nesterov else updates.adam

    def _numbers(self, dtype: np.dtype[Any], *scalars: Any) -> Sequence[Any]:
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = scalars
        one = dtype.type(1)
        rate = lr * np.sqrt(one - beta2_power) / (one - beta1_power)
        return rate, one - beta1, one - beta2, epsilon

    def _in_place(self, *scalars: Any) -> Callable[..., None]:
        beta1 = scalars[3]
        rate, rest1, rest2, epsilon = self._numbers(beta1.dtype, *scalars)

        def update(t: Array, u: Array, x: Array, m: Array, v: Array, g: Array) -> None:
            np.subtract(g, m, out=t)
            t *= rest1
            m += t
            np.multiply(g, g, out=t)
            t -= v
            t *= rest2
            v += t
            np.sqrt(v, out=t)
            t += epsilon
            if self.use_nesterov:
                np.multiply(g, rest1, out=u)
                u += beta1 * m
                u *= rate
            else:
                np.multiply(m, rate, out=u)
            u /= t
            x -= u

        return update

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        values = f32([[1, 2, 4]]), f32([[0.5, 1, 2]]), f32([[3, 1, 0.25]])
        scalars = [f32(x) for x in (0.81, 0.64, 0.5, 0.9, 0.8, 0.01)]
        yield Sample.of(make(), *values, *scalars, f32([[3, 1, -7]]))
        yield Sample.of(make(use_nesterov=True), *values, *scalars, f32([[3, 1, -7]]))


@register
class ApplyAdam(_Adam):
    """A step of Adam."""

    use_locking: bool = False
    use_nesterov: bool = False

    inputs = (
        "var: &T, m: &T, v: &T, beta1_power: T, beta2_power: T, lr: T, beta1: T, beta2: T, "
        "epsilon: T, grad: T"
    )


@register
class ResourceApplyAdam(_Adam):
    """A step of Adam."""

    use_locking: bool = False
    use_nesterov: bool = False

    inputs = (
        "var: resource, m: resource, v: resource, beta1_power: T, beta2_power: T, lr: T, "
        "beta1: T, beta2: T, epsilon: T, grad: T"
    )
    outputs = ""
    is_resource_kind = True


def apply_adam(
    var: Any,
    m: Any,
    v: Any,
    beta1_power: Any,
    beta2_power: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
    grad: Any,
    use_locking: bool = False,
    use_nesterov: bool = False,
    name: str | None = None,
) -> Any:
    """Make a step of Adam.

    With `rate = lr * sqrt(1 - beta2_power) / (1 - beta1_power)`::

        m += (grad - m) * (1 - beta1)
        v += (grad**2 - v) * (1 - beta2)
        var -= rate * m / (sqrt(v) + epsilon)

    Args:
      var: the variable.
      m: its first moment, of its dtype and shape.
      v: its second moment, likewise.
      beta1_power: beta1 to the number of the step, a scalar of its dtype.
      beta2_power: beta2 to the number of the step, likewise.
      lr: the learning rate, likewise.
      beta1: the decay of the first moment, likewise.
      beta2: the decay of the second moment, likewise.
      epsilon: keeps the division stable, likewise.
      grad: the gradient, of its dtype and shape.
      use_locking: accepted for compatibility: updates are always atomic.
      use_nesterov: whether to use Nesterov's variant.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> x, m, v = (tf.Variable([value, 2.0]) for value in (1.0, 0.0, 0.0))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> step = apply_adam(x, m, v, 0.5, 0.75, 1.0, 0.5, 0.75, 0.0, [4.0, 2.0])
    >>> sess.run(step).round(5)
    array([0.     , 0.73509], dtype=float32)
    """
    op = ApplyAdam(use_locking, use_nesterov), ResourceApplyAdam(use_locking, use_nesterov)
    scalars = [beta1_power, beta2_power, lr, beta1, beta2, epsilon]
    return apply_by_kind(*op, [var, m, v], [*scalars, grad], name)


# -- Adagrad ---------------------------------------------------------------------------------------


class _Adagrad(_Apply):
    """Base of both kinds of Adagrad."""

    update_slots: bool

    writes = (0, 1)
    grad_index = 3

    def _loop(self) -> CompiledLater | None:
        return updates.adagrad if self.update_slots else None

    def _in_place(self, lr: Any) -> Callable[..., None]:
        def update(t: Array, u: Array, v: Array, a: Array, g: Array) -> None:
            if self.update_slots:
                np.multiply(g, g, out=t)
                a += t
            np.sqrt(a, out=t)
            np.multiply(g, lr, out=u)
            u /= t
            v -= u

        return update

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        inputs = f32([[1, 2, 4]]), f32([[5, 1, 2]]), f32(0.5), f32([[3, 1, 7]])
        yield Sample.of(make(), *inputs)
        yield Sample.of(make(update_slots=False), *inputs)


@register
class ApplyAdagrad(_Adagrad):
    """A step of Adagrad."""

    use_locking: bool = False
    update_slots: bool = True

    inputs = "var: &T, accum: &T, lr: T, grad: T"


@register
class ResourceApplyAdagrad(_Adagrad):
    """A step of Adagrad."""

    use_locking: bool = False
    update_slots: bool = True

    inputs = "var: resource, accum: resource, lr: T, grad: T"
    outputs = ""
    is_resource_kind = True


def apply_adagrad(
    var: Any,
    accum: Any,
    lr: Any,
    grad: Any,
    use_locking: bool = False,
    update_slots: bool = True,
    name: str | None = None,
) -> Any:
    """Make a step of Adagrad: `accum += grad**2; var -= lr * grad / sqrt(accum)`.

    Args:
      var: the variable.
      accum: its slot, of its dtype and shape.
      lr: the learning rate, a scalar of its dtype.
      grad: the gradient, of its dtype and shape.
      use_locking: accepted for compatibility: updates are always atomic.
      update_slots: whether the slot is changed.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> v, slot = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 9.0])
    >>> sess = tf.Session()
    >>> sess.run([v.initializer, slot.initializer])
    [None, None]
    >>> sess.run(apply_adagrad(v, slot, 0.5, [2.0, 4.0]))
    array([0.5, 1.6], dtype=float32)
    """
    op = ApplyAdagrad(use_locking, update_slots), ResourceApplyAdagrad(use_locking, update_slots)
    return apply_by_kind(*op, [var, accum], [lr, grad], name)


# -- RMSProp ---------------------------------------------------------------------------------------


class _RMSProp(_Apply):
    """Base of both kinds of RMSProp."""

    writes = (0, 1, 2)
    grad_index = 7

    def _loop(self) -> CompiledLater | None:
        return updates.rmsprop

    def _numbers(self, dtype: np.dtype[Any], *scalars: Any) -> Sequence[Any]:
        lr, rho, momentum, epsilon = scalars
        return lr, dtype.type(1) - rho, momentum, epsilon

    def _in_place(self, lr: Any, rho: Any, momentum: Any, epsilon: Any) -> Callable[..., None]:
        rest = rho.dtype.type(1) - rho

        def update(t: Array, u: Array, x: Array, ms: Array, mom: Array, g: Array) -> None:
            np.multiply(g, g, out=t)
            t -= ms
            t *= rest
            ms += t
            np.add(ms, epsilon, out=t)
            np.sqrt(t, out=t)
            np.multiply(g, lr, out=u)
            u /= t
            mom *= momentum
            mom += u
            x -= mom

        return update

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        values = f32([[1, 2, 4]]), f32([[0.5, 1, 2]]), f32([[3, 1, 0.25]])
        scalars = [f32(x) for x in (0.5, 0.9, 0.8, 0.01)]
        yield Sample.of(make(), *values, *scalars, f32([[3, 1, -7]]))


@register
class ApplyRMSProp(_RMSProp):
    """A step of RMSProp."""

    use_locking: bool = False

    inputs = "var: &T, ms: &T, mom: &T, lr: T, rho: T, momentum: T, epsilon: T, grad: T"


@register
class ResourceApplyRMSProp(_RMSProp):
    """A step of RMSProp."""

    use_locking: bool = False

    inputs = (
        "var: resource, ms: resource, mom: resource, lr: T, rho: T, momentum: T, epsilon: T, "
        "grad: T"
    )
    outputs = ""
    is_resource_kind = True


def apply_rms_prop(
    var: Any,
    ms: Any,
    mom: Any,
    lr: Any,
    rho: Any,
    momentum: Any,
    epsilon: Any,
    grad: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Make a step of RMSProp.

    ::

        ms = rho * ms + (1 - rho) * grad**2
        mom = momentum * mom + lr * grad / sqrt(ms + epsilon)
        var -= mom

    Args:
      var: the variable.
      ms: its mean square, of its dtype and shape.
      mom: its momentum, likewise.
      lr: the learning rate, a scalar of its dtype.
      rho: the decay of the mean square, likewise.
      momentum: the decay of the momentum, likewise.
      epsilon: keeps the division stable, likewise.
      grad: the gradient, of its dtype and shape.
      use_locking: accepted for compatibility: updates are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> x, ms, mom = tf.Variable([1.0, 2.0]), tf.Variable([8.0, 1.0]), tf.Variable([0.0, 2.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(apply_rms_prop(x, ms, mom, 0.5, 0.5, 0.5, 1.0, [4.0, 1.0])).round(5)
    array([0.4453 , 0.64645], dtype=float32)
    """
    op = ApplyRMSProp(use_locking), ResourceApplyRMSProp(use_locking)
    return apply_by_kind(*op, [var, ms, mom], [lr, rho, momentum, epsilon, grad], name)
