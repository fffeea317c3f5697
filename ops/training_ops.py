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
_ALL = np.zeros(1, np.int64)  # an array as one row


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


def _in_one_pass(
    loop: CompiledLater | None,
    states: Sequence[Array],
    grad: Array,
    numbers: Sequence[Any],
    otherwise: Callable[[], None],
) -> Any:
    """Update arrays in place, by a compiled loop if there is one.

    Args:
      loop: the loop, None if there is none.
      states: the arrays.
      grad: the gradient.
      numbers: numpy scalars, further arguments of the loop.
      otherwise: does what the loop does.

    Returns:
      The arrays: one, or a tuple.
    """
    if loop is None or not is_compilable(states):
        otherwise()
    else:
        _run_loop(loop, states, grad, numbers, otherwise)
    return states[0] if len(states) == 1 else tuple(states)


def _run_loop(
    loop: CompiledLater,
    states: Sequence[Array],
    grad: Array,
    numbers: Sequence[Any],
    otherwise: Callable[[], None],
) -> None:
    """Update arrays by a loop: large ones in chunks that several threads take."""
    flags = grad.flags
    kind = grad.dtype.char, flags.writeable
    rows = [array.reshape(1, -1) for array in states]
    rows.append((grad if flags.c_contiguous else np.ascontiguousarray(grad)).reshape(1, -1))
    code = loop.code(kind)
    if code is None:
        loop.count(kind, lambda: [_ALL, *rows, *numbers], otherwise)
    elif grad.size < 2 * _CHUNK:
        code(_ALL, *rows, *numbers)
    else:
        parallel_for(
            lambda chunk: code(_ALL, *[array[:, _part(chunk)] for array in rows], *numbers),
            -(-grad.size // _CHUNK),
        )


def _part(chunk: int) -> slice:
    return slice(chunk * _CHUNK, (chunk + 1) * _CHUNK)


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
      states: the number of variables that are updated: the first inputs.
      grad_index: which input is the gradient.
      scalars: the other inputs.
    """

    types = {"T": INEXACT}
    outputs = "out"
    stateful = True
    differentiable = False
    has_out = True
    grad_index: ClassVar[int] = 0
    is_resource_kind: ClassVar[bool] = False

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

    def kernel(self, var: Array, alpha: Array, delta: Array, out: Buffers = None) -> Any:
        _check_grad([var], delta)
        states = targets([var], out)
        alpha = alpha[()]

        def update(scratch: Array, v: Array, g: Array) -> None:
            np.multiply(g, alpha, out=scratch)
            v -= scratch

        return _in_one_pass(
            updates.descent, states, delta, [alpha],
            lambda: _in_blocks(update, 1, [*states, delta]),
        )  # fmt: skip

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

    def kernel(
        self,
        var: Array,
        accum: Array,
        lr: Array,
        grad: Array,
        momentum: Array,
        out: Buffers = None,
    ) -> Any:
        _check_grad([var, accum], grad)
        states = targets([var, accum], out)
        lr, momentum = lr[()], momentum[()]

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

        loop = updates.nesterov if self.use_nesterov else updates.momentum
        return _in_one_pass(
            loop, states, grad, [lr, momentum], lambda: _in_blocks(update, 1, [*states, grad])
        )

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

    def kernel(
        self,
        var: Array,
        m: Array,
        v: Array,
        beta1_power: Array,
        beta2_power: Array,
        lr: Array,
        beta1: Array,
        beta2: Array,
        epsilon: Array,
        grad: Array,
        out: Buffers = None,
    ) -> Any:
        _check_grad([var, m, v], grad)
        states = targets([var, m, v], out)
        beta1_power, beta2_power, lr = beta1_power[()], beta2_power[()], lr[()]
        beta1, beta2, epsilon = beta1[()], beta2[()], epsilon[()]
        one = var.dtype.type(1)
        rate = lr * np.sqrt(one - beta2_power) / (one - beta1_power)
        rest1, rest2 = one - beta1, one - beta2

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

        loop = None if self.use_nesterov else updates.adam
        numbers = [rate, rest1, rest2, epsilon]
        return _in_one_pass(
            loop, states, grad, numbers, lambda: _in_blocks(update, 2, [*states, grad])
        )

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

    def kernel(self, var: Array, accum: Array, lr: Array, grad: Array, out: Buffers = None) -> Any:
        _check_grad([var, accum], grad)
        states = targets([var, accum], out)
        lr = lr[()]

        def update(t: Array, u: Array, v: Array, a: Array, g: Array) -> None:
            if self.update_slots:
                np.multiply(g, g, out=t)
                a += t
            np.sqrt(a, out=t)
            np.multiply(g, lr, out=u)
            u /= t
            v -= u

        loop = updates.adagrad if self.update_slots else None
        return _in_one_pass(
            loop, states, grad, [lr], lambda: _in_blocks(update, 2, [*states, grad])
        )

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

    def kernel(
        self,
        var: Array,
        ms: Array,
        mom: Array,
        lr: Array,
        rho: Array,
        momentum: Array,
        epsilon: Array,
        grad: Array,
        out: Buffers = None,
    ) -> Any:
        _check_grad([var, ms, mom], grad)
        states = targets([var, ms, mom], out)
        lr, rho, momentum, epsilon = lr[()], rho[()], momentum[()], epsilon[()]
        rest = var.dtype.type(1) - rho

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

        numbers = [lr, rest, momentum, epsilon]
        return _in_one_pass(
            updates.rmsprop, states, grad, numbers,
            lambda: _in_blocks(update, 2, [*states, grad]),
        )  # fmt: skip

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
