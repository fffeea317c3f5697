"""Updates of variables by steps of adaptive and proximal optimizers.

Each is a formula from the values of a variable and its slots, and the gradient, to new values: see
_updates.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import FLOATING, INEXACT, dtype_set
from graphflow.core.op import Array, op_class, register
from graphflow.ops._static import f32
from graphflow.ops._updates import INDICES, Update, apply_by_kind

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

_SINGLE_AND_DOUBLE: dict[str, Any] = {"T": dtype_set("float32 float64"), **INDICES}
_REAL: dict[str, Any] = {"T": FLOATING, **INDICES}
_NOT_BFLOAT16: dict[str, Any] = {"T": INEXACT - dtype_set("bfloat16"), **INDICES}


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
    make, make_resource_kind = op_class(kind), op_class(f"Resource{kind}")
    op, resource_op = make(**attributes), make_resource_kind(**attributes)
    return apply_by_kind(op, resource_op, variables, others, None)


# -- Adadelta (Zeiler, 2012) -----------------------------------------------------------------------


class _Adadelta(Update):
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


class _AdagradDA(Update):
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


class _Ftrl(Update):
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


class _SparseRMSProp(Update):
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


class _CenteredRMSProp(Update):
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


class _ProximalGradientDescent(Update):
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


class _ProximalAdagrad(Update):
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


class _AdaMax(Update):
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

    inputs = "var: &T, m: &T, v: &T, beta1_power: T, lr: T, beta1: T, beta2: T, epsilon: T, grad: T"


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
