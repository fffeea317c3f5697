"""Updates of variables by steps of adaptive and proximal optimizers.

Each is a formula from the values of a variable and its slots, and the gradient, to new values.  The
ops apply it to all elements, or, with sparse gradients, to some rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply, apply_op
from graphflow.core.convert import to_reference
from graphflow.core.dtypes import FLOATING, INDEX, INEXACT, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array, ErrorSample, Op, Sample, op_class, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_in_range, f32, i32, invalid
from graphflow.ops.state import is_resource, value_spec

__all__ = [
    "ApplyAdaMax",
    "ApplyAdadelta",
    "ApplyAdagradDA",
    "ApplyCenteredRMSProp",
    "ApplyFtrl",
    "ApplyFtrlV2",
    "ApplyProximalAdagrad",
    "ApplyProximalGradientDescent",
    "ResourceApplyAdaMax",
    "ResourceApplyAdadelta",
    "ResourceApplyAdagradDA",
    "ResourceApplyCenteredRMSProp",
    "ResourceApplyFtrl",
    "ResourceApplyFtrlV2",
    "ResourceApplyProximalAdagrad",
    "ResourceApplyProximalGradientDescent",
    "ResourceSparseApplyAdadelta",
    "ResourceSparseApplyAdagradDA",
    "ResourceSparseApplyCenteredRMSProp",
    "ResourceSparseApplyFtrl",
    "ResourceSparseApplyFtrlV2",
    "ResourceSparseApplyProximalAdagrad",
    "ResourceSparseApplyProximalGradientDescent",
    "ResourceSparseApplyRMSProp",
    "SparseApplyAdadelta",
    "SparseApplyAdagradDA",
    "SparseApplyCenteredRMSProp",
    "SparseApplyFtrl",
    "SparseApplyFtrlV2",
    "SparseApplyProximalAdagrad",
    "SparseApplyProximalGradientDescent",
    "SparseApplyRMSProp",
    "apply_update",
]

# Arrays are updated in blocks that fit the processor's cache.
_BLOCK = 16384
_GRADIENTS = ("grad", "delta")
_INDICES: dict[str, Any] = {"Tindices": INDEX}
_SINGLE_AND_DOUBLE: dict[str, Any] = {"T": dtype_set("float32 float64"), **_INDICES}
_REAL: dict[str, Any] = {"T": FLOATING, **_INDICES}
_NOT_BFLOAT16: dict[str, Any] = {"T": INEXACT - dtype_set("bfloat16"), **_INDICES}
_SAMPLE = {
    "lr": 0.5, "alpha": 0.5, "rho": 0.9, "momentum": 0.8, "epsilon": 0.01, "l1": 0.1, "l2": 0.2,
    "l2_shrinkage": 0.3, "lr_power": -0.5, "beta1": 0.9, "beta2": 0.8, "beta1_power": 0.81,
}  # fmt: skip


class _Update(Op):
    """Base of all updates.

    Attributes:
      is_resource_kind: whether the variables are resource variables.
    """

    types: ClassVar[Any] = {"T": INEXACT, **_INDICES}
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

    def kernel(self, *inputs: Array, out: Any = None) -> Any:
        named = dict(zip(self._names(), inputs, strict=True))
        states = [inputs[index] for index in self.writes]
        grad = next(named[name] for name in _GRADIENTS if name in named)
        skipped = {*_GRADIENTS, "indices", *(self._names()[index] for index in self.writes)}
        dtype = np.asarray(states[0]).dtype
        numbers = {
            name: np.asarray(value).astype(dtype)[()]
            for name, value in named.items()
            if name not in skipped
        }
        new = self._targets(states, out)
        if "indices" in named:
            self._update_rows(new, grad, named["indices"], numbers)
        else:
            self._update_all(states, grad, numbers, new)
        return new[0] if len(new) == 1 else tuple(new)

    @staticmethod
    def _targets(values: Sequence[Array], out: Any) -> list[Array]:
        """The buffers for the new values, with the current ones in them."""
        if out is None:
            return [np.array(value, order="C") for value in values]
        targets = [out] if isinstance(out, np.ndarray) else list(out)
        for value, target in zip(values, targets, strict=True):
            if target is not value:
                np.copyto(target, value)
        return targets

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

    def _update_rows(
        self, new: Sequence[Array], grad: Array, indices: Array, numbers: dict[str, Any]
    ) -> None:
        check_in_range("indices", indices, len(new[0]))
        is_unique = len(np.unique(indices)) == len(indices)
        # A row that comes twice is updated twice.
        parts = [indices] if is_unique else [indices[i : i + 1] for i in range(len(indices))]
        start = 0
        with np.errstate(divide="ignore", invalid="ignore"):
            for rows in parts:
                values = grad[start : start + len(rows)]
                results = self.formula([array[rows] for array in new], values, numbers)
                for array, result in zip(new, results, strict=True):
                    array[rows] = result
                start += len(rows)

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


def apply_update(
    kind: str, variables: Sequence[Any], others: Sequence[Any], **attributes: Any
) -> Any:
    """Apply the op for a kind of update that fits the kind of its variables.

    Args:
      kind: the type of the op for reference variables, such as "ApplyAdadelta".
      variables: the variable and its slots.
      others: the op's other inputs.
      **attributes: its attributes.

    Returns:
      The variable's reference after the step; the operation for a resource variable.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 2.0])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> step = apply_update("ApplyProximalGradientDescent", [v], [0.5, 1.0, 0.0, [0.0, 1.0]])
    >>> print(sess.run(step))
    [0.5 1. ]
    """
    if not is_resource(variables[0]):
        op: Any = op_class(kind)
        return apply(op(**attributes), *variables, *others)
    handles = [to_reference(variable) for variable in variables]
    op = op_class(f"Resource{kind}")
    return apply_op(op(**attributes), *handles, *others)


# -- Adadelta (Zeiler, 2012) -----------------------------------------------------------------------


class _Adadelta(_Update):
    use_locking: bool
    writes = (0, 1, 2)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, accum, accum_update = states
        rho, epsilon = numbers["rho"], numbers["epsilon"]
        accum = accum * rho + grad * grad * (1 - rho)
        update = np.sqrt(accum_update + epsilon) / np.sqrt(accum + epsilon) * grad
        accum_update = accum_update * rho + update * update * (1 - rho)
        return var - update * numbers["lr"], accum, accum_update


@register
class ApplyAdadelta(_Adadelta):
    """A step of Adadelta."""

    use_locking: bool = False

    inputs = "var: &T, accum: &T, accum_update: &T, lr: T, rho: T, epsilon: T, grad: T"


@register
class SparseApplyAdadelta(_Adadelta):
    """Adadelta for some rows."""

    use_locking: bool = False

    inputs = (
        "var: &T, accum: &T, accum_update: &T, lr: T, rho: T, epsilon: T, grad: T, "
        "indices: Tindices"
    )


@register
class ResourceApplyAdadelta(_Adadelta):
    """A step of Adadelta."""

    use_locking: bool = False

    inputs = (
        "var: resource, accum: resource, accum_update: resource, lr: T, rho: T, epsilon: T, grad: T"
    )
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyAdadelta(_Adadelta):
    """Adadelta for some rows."""

    use_locking: bool = False

    inputs = (
        "var: resource, accum: resource, accum_update: resource, lr: T, rho: T, epsilon: T, "
        "grad: T, indices: Tindices"
    )
    outputs = ""
    is_resource_kind = True


# -- AdagradDA: dual averaging (Duchi et al., 2011) ------------------------------------------------


class _AdagradDA(_Update):
    use_locking: bool
    types = _SINGLE_AND_DOUBLE
    writes = (0, 1, 2)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        _, total, squares = states
        step, rate, l1 = numbers["global_step"], numbers["lr"], numbers["l1"]
        total = total + grad
        squares = squares + grad * grad
        shrunk = np.sign(total) * np.maximum(np.abs(total) - l1 * step, 0) if l1 > 0 else total
        denominator = numbers["l2"] * step * rate + np.sqrt(squares)
        return -rate * shrunk / denominator, total, squares


_DA_STATES = "var: &T, gradient_accumulator: &T, gradient_squared_accumulator: &T"
_DA_HANDLES = (
    "var: resource, gradient_accumulator: resource, gradient_squared_accumulator: resource"
)
_DA_NUMBERS = "lr: T, l1: T, l2: T, global_step: int64"


@register
class ApplyAdagradDA(_AdagradDA):
    """A step of Adagrad with dual averaging."""

    use_locking: bool = False

    inputs = f"{_DA_STATES}, grad: T, {_DA_NUMBERS}"


@register
class SparseApplyAdagradDA(_AdagradDA):
    """Adagrad with dual averaging for some rows."""

    use_locking: bool = False

    inputs = f"{_DA_STATES}, grad: T, indices: Tindices, {_DA_NUMBERS}"


@register
class ResourceApplyAdagradDA(_AdagradDA):
    """A step of Adagrad with dual averaging."""

    use_locking: bool = False

    inputs = f"{_DA_HANDLES}, grad: T, {_DA_NUMBERS}"
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyAdagradDA(_AdagradDA):
    """Adagrad with dual averaging for some rows."""

    use_locking: bool = False

    inputs = f"{_DA_HANDLES}, grad: T, indices: Tindices, {_DA_NUMBERS}"
    outputs = ""
    is_resource_kind = True


# -- Ftrl: follow the regularized leader (McMahan et al., 2013) ------------------------------------


class _Ftrl(_Update):
    use_locking: bool
    types = _REAL
    writes = (0, 1, 2)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, accum, linear = states
        rate, l1, power = numbers["lr"], numbers["l1"], -numbers["lr_power"]
        shrunk = grad + 2 * numbers.get("l2_shrinkage", 0) * var
        new_accum = accum + grad * grad
        raised = _power(new_accum, power)
        linear = linear + shrunk - (raised - _power(accum, power)) / rate * var
        quadratic = raised / rate + 2 * numbers["l2"]
        new_var = np.where(np.abs(linear) > l1, (l1 * np.sign(linear) - linear) / quadratic, 0)
        return new_var, new_accum, linear


def _power(values: Array, power: Any) -> Array:
    return np.sqrt(values) if power == 0.5 else np.power(values, power)


_FTRL_STATES = "var: &T, accum: &T, linear: &T"
_FTRL_HANDLES = "var: resource, accum: resource, linear: resource"


@register
class ApplyFtrl(_Ftrl):
    """A step of Ftrl."""

    use_locking: bool = False

    inputs = f"{_FTRL_STATES}, grad: T, lr: T, l1: T, l2: T, lr_power: T"


@register
class ApplyFtrlV2(_Ftrl):
    """A step of Ftrl, with another L2 penalty that shrinks the variable itself."""

    use_locking: bool = False

    inputs = f"{_FTRL_STATES}, grad: T, lr: T, l1: T, l2: T, l2_shrinkage: T, lr_power: T"


@register
class SparseApplyFtrl(_Ftrl):
    """Ftrl for some rows."""

    use_locking: bool = False

    inputs = f"{_FTRL_STATES}, grad: T, indices: Tindices, lr: T, l1: T, l2: T, lr_power: T"


@register
class SparseApplyFtrlV2(_Ftrl):
    """Ftrl for some rows, with another L2 penalty that shrinks the variable itself."""

    use_locking: bool = False

    inputs = (
        f"{_FTRL_STATES}, grad: T, indices: Tindices, lr: T, l1: T, l2: T, l2_shrinkage: T, "
        "lr_power: T"
    )


@register
class ResourceApplyFtrl(_Ftrl):
    """A step of Ftrl."""

    use_locking: bool = False

    inputs = f"{_FTRL_HANDLES}, grad: T, lr: T, l1: T, l2: T, lr_power: T"
    outputs = ""
    is_resource_kind = True


@register
class ResourceApplyFtrlV2(_Ftrl):
    """A step of Ftrl, with another L2 penalty that shrinks the variable itself."""

    use_locking: bool = False

    inputs = f"{_FTRL_HANDLES}, grad: T, lr: T, l1: T, l2: T, l2_shrinkage: T, lr_power: T"
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyFtrl(_Ftrl):
    """Ftrl for some rows."""

    use_locking: bool = False

    inputs = f"{_FTRL_HANDLES}, grad: T, indices: Tindices, lr: T, l1: T, l2: T, lr_power: T"
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyFtrlV2(_Ftrl):
    """Ftrl for some rows, with another L2 penalty that shrinks the variable itself."""

    use_locking: bool = False

    inputs = (
        f"{_FTRL_HANDLES}, grad: T, indices: Tindices, lr: T, l1: T, l2: T, l2_shrinkage: T, "
        "lr_power: T"
    )
    outputs = ""
    is_resource_kind = True


# -- RMSProp for rows, and with the mean of gradients (Hinton, 2012; Graves, 2013) -----------------


class _SparseRMSProp(_Update):
    use_locking: bool
    types = _NOT_BFLOAT16
    writes = (0, 1, 2)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, ms, mom = states
        ms = ms * numbers["rho"] + grad * grad * (1 - numbers["rho"])
        mom = mom * numbers["momentum"] + numbers["lr"] * grad / np.sqrt(ms + numbers["epsilon"])
        return var - mom, ms, mom


_RMS_NUMBERS = "lr: T, rho: T, momentum: T, epsilon: T, grad: T"


@register
class SparseApplyRMSProp(_SparseRMSProp):
    """RMSProp for some rows."""

    use_locking: bool = False

    inputs = f"var: &T, ms: &T, mom: &T, {_RMS_NUMBERS}, indices: Tindices"


@register
class ResourceSparseApplyRMSProp(_SparseRMSProp):
    """RMSProp for some rows."""

    use_locking: bool = False

    inputs = f"var: resource, ms: resource, mom: resource, {_RMS_NUMBERS}, indices: Tindices"
    outputs = ""
    is_resource_kind = True


class _CenteredRMSProp(_Update):
    use_locking: bool
    writes = (0, 1, 2, 3)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, mg, ms, mom = states
        rho = numbers["rho"]
        ms = ms + (grad * grad - ms) * (1 - rho)
        mg = mg + (grad - mg) * (1 - rho)
        denominator = np.sqrt(ms - mg * mg + numbers["epsilon"])
        mom = mom * numbers["momentum"] + numbers["lr"] * grad / denominator
        return var - mom, mg, ms, mom

    @classmethod
    def _sample_inputs(cls) -> dict[str, Any]:
        # The mean square is at least the square of the mean.
        inputs = super()._sample_inputs()
        return {**inputs, "ms": f32(inputs["mg"] ** 2 + 1)}


_CENTERED_STATES = "var: &T, mg: &T, ms: &T, mom: &T"
_CENTERED_HANDLES = "var: resource, mg: resource, ms: resource, mom: resource"


@register
class ApplyCenteredRMSProp(_CenteredRMSProp):
    """A step of RMSProp with the mean of the gradients."""

    use_locking: bool = False

    inputs = f"{_CENTERED_STATES}, {_RMS_NUMBERS}"


@register
class SparseApplyCenteredRMSProp(_CenteredRMSProp):
    """RMSProp with the mean of the gradients, for some rows."""

    use_locking: bool = False

    types = _NOT_BFLOAT16
    inputs = f"{_CENTERED_STATES}, {_RMS_NUMBERS}, indices: Tindices"


@register
class ResourceApplyCenteredRMSProp(_CenteredRMSProp):
    """A step of RMSProp with the mean of the gradients."""

    use_locking: bool = False

    inputs = f"{_CENTERED_HANDLES}, {_RMS_NUMBERS}"
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyCenteredRMSProp(_CenteredRMSProp):
    """RMSProp with the mean of the gradients, for some rows."""

    use_locking: bool = False

    types = _NOT_BFLOAT16
    inputs = f"{_CENTERED_HANDLES}, {_RMS_NUMBERS}, indices: Tindices"
    outputs = ""
    is_resource_kind = True


# -- proximal updates (Duchi and Singer, 2009) -----------------------------------------------------


def _proximal(value: Array, rate: Any, l1: Any, l2: Any) -> Array:
    """The point that a step ends at when the penalties pull it towards zero."""
    if l1 > 0:
        value = np.sign(value) * np.maximum(np.abs(value) - rate * l1, 0)
    return value / (1 + l2 * rate)


class _ProximalGradientDescent(_Update):
    use_locking: bool
    types = _SINGLE_AND_DOUBLE
    writes = (0,)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        rate = numbers["alpha"]
        return (_proximal(states[0] - rate * grad, rate, numbers["l1"], numbers["l2"]),)


@register
class ApplyProximalGradientDescent(_ProximalGradientDescent):
    """A proximal step of gradient descent."""

    use_locking: bool = False

    inputs = "var: &T, alpha: T, l1: T, l2: T, delta: T"


@register
class SparseApplyProximalGradientDescent(_ProximalGradientDescent):
    """Proximal gradient descent for some rows."""

    use_locking: bool = False

    inputs = "var: &T, alpha: T, l1: T, l2: T, grad: T, indices: Tindices"


@register
class ResourceApplyProximalGradientDescent(_ProximalGradientDescent):
    """A proximal step of gradient descent."""

    use_locking: bool = False

    inputs = "var: resource, alpha: T, l1: T, l2: T, delta: T"
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyProximalGradientDescent(_ProximalGradientDescent):
    """Proximal gradient descent for some rows."""

    use_locking: bool = False

    inputs = "var: resource, alpha: T, l1: T, l2: T, grad: T, indices: Tindices"
    outputs = ""
    is_resource_kind = True


class _ProximalAdagrad(_Update):
    use_locking: bool
    types = _SINGLE_AND_DOUBLE
    writes = (0, 1)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, accum = states
        accum = accum + grad * grad
        rate = numbers["lr"] / np.sqrt(accum)
        return _proximal(var - rate * grad, rate, numbers["l1"], numbers["l2"]), accum


@register
class ApplyProximalAdagrad(_ProximalAdagrad):
    """A proximal step of Adagrad."""

    use_locking: bool = False

    inputs = "var: &T, accum: &T, lr: T, l1: T, l2: T, grad: T"


@register
class SparseApplyProximalAdagrad(_ProximalAdagrad):
    """Proximal Adagrad for some rows."""

    use_locking: bool = False

    inputs = "var: &T, accum: &T, lr: T, l1: T, l2: T, grad: T, indices: Tindices"


@register
class ResourceApplyProximalAdagrad(_ProximalAdagrad):
    """A proximal step of Adagrad."""

    use_locking: bool = False

    inputs = "var: resource, accum: resource, lr: T, l1: T, l2: T, grad: T"
    outputs = ""
    is_resource_kind = True


@register
class ResourceSparseApplyProximalAdagrad(_ProximalAdagrad):
    """Proximal Adagrad for some rows."""

    use_locking: bool = False

    inputs = "var: resource, accum: resource, lr: T, l1: T, l2: T, grad: T, indices: Tindices"
    outputs = ""
    is_resource_kind = True


# -- AdaMax (Kingma and Ba, 2015) ------------------------------------------------------------------


class _AdaMax(_Update):
    use_locking: bool
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}
    writes = (0, 1, 2)

    def formula(self, states: Sequence[Array], grad: Array, numbers: dict[str, Any]) -> Any:
        var, m, v = states
        m = m + (grad - m) * (1 - numbers["beta1"])
        v = np.maximum(numbers["beta2"] * v, np.abs(grad))
        rate = numbers["lr"] / (1 - numbers["beta1_power"])
        return var - rate * m / (v + numbers["epsilon"]), m, v


@register
class ApplyAdaMax(_AdaMax):
    """A step of AdaMax."""

    use_locking: bool = False

    inputs = (
        "var: &T, m: &T, v: &T, beta1_power: T, lr: T, beta1: T, beta2: T, epsilon: T, grad: T"
    )


@register
class ResourceApplyAdaMax(_AdaMax):
    """A step of AdaMax."""

    use_locking: bool = False

    inputs = (
        "var: resource, m: resource, v: resource, beta1_power: T, lr: T, beta1: T, beta2: T, "
        "epsilon: T, grad: T"
    )
    outputs = ""
    is_resource_kind = True
