"""What constructors of distributions do with their arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import DType, int32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope


def gen_new_seed(seed: int | None, salt: str) -> int | None:
    """Return another seed, for a second stream of random numbers.

    Args:
      seed: the seed of the first one, or None.
      salt: what the second one is for.

    Returns:
      A seed that follows from both, or None if there is none.
    """
    if seed is None:
        return None
    return hashed_seed(f"{seed}{salt}")


def hashed_seed(text: str) -> int:
    """Return a seed that follows from a text.

    Args:
      text: the text.
    """
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) & 0x7FFFFFFF


def floating_parameters(
    is_checked: bool, positive: Sequence[str] = (), **values: Any
) -> tuple[Tensor, ...]:
    """Make tensors of one floating dtype of parameters.

    Args:
      is_checked: whether the run checks those in `positive`.
      positive: the names of parameters that must be positive.
      **values: the parameters.

    Raises:
      ValueError: the dtypes are not floating, or differ.
    """
    with control_dependencies(
        [ops.assert_positive(values[name], message=f"{name} must be positive") for name in positive]
        if is_checked
        else []
    ):
        tensors = tuple(ops.identity(value, name=name) for name, value in values.items())
    ops.assert_same_float_dtype(tensors)
    return tensors


def checked(tensor: Any, *assertions: Operation) -> Any:
    """Return a tensor that is there only after the assertions have passed."""
    return ops.with_dependencies(assertions, tensor)


def same_shapes(sample_shape: Any, *names: str) -> dict[str, Tensor]:
    """Return one shape for all parameters, as `_param_shapes` does."""
    shape = convert_to_tensor(sample_shape, dtype=int32)
    return dict.fromkeys(names, shape)


def undefined(owner: Any, is_defined: Tensor, value: Tensor, what: str) -> Tensor:
    """Return a statistic that does not exist for all parameters.

    Args:
      owner: the distribution; `allow_nan_stats` tells whether the statistic is NaN there, else it
        is an error of the run.
      is_defined: bool, where it exists.
      value: the statistic.
      what: the text of the error.
    """
    if owner.allow_nan_stats:
        return ops.where_v2(is_defined, value, ops.constant(np.nan, value.dtype))
    is_fine = ops.reduce_all(is_defined)
    result: Tensor = checked(value, ops.assert_(is_fine, [what]))  # noqa: PT009
    return result


def get_logits_and_probs(
    logits: Any = None,
    probs: Any = None,
    multidimensional: bool = False,
    validate_args: bool = False,
    name: str = "get_logits_and_probs",
    dtype: DType | None = None,
) -> tuple[Tensor, Tensor]:
    """Return both the probabilities and their logits, of which one is given.

    Args:
      logits: floating, log-odds; or unnormalized log-probabilities [..., k].
      probs: floating, probabilities.
      multidimensional: whether the last axis has the probabilities of k classes, which sum to 1.
      validate_args: whether the run checks `probs`.
      name: name scope of the operations.
      dtype: the dtype of what is no tensor.

    Raises:
      ValueError: both are given, or none.
      TypeError: `logits` or `probs` are not floating.

    >>> import graphflow as tf
    >>> logits, probs = get_logits_and_probs(logits=[0.0, -40.0])
    >>> tf.Session().run(tf.round(100.0 * probs))
    array([50.,  0.], dtype=float32)
    """
    if (logits is None) == (probs is None):
        raise ValueError("give either logits or probs, not both and not none")
    with name_scope(name, values=[probs, logits]):
        if logits is not None:
            logits = _floating(logits, "logits", dtype)
            return logits, (ops.softmax if multidimensional else ops.sigmoid)(logits, name="probs")
        probs = _floating(probs, "probs", dtype)
        if validate_args:
            probs = _valid_probs(probs, multidimensional)
        if multidimensional:
            return ops.log(probs, name="logits"), probs
        return ops.subtract(ops.log(probs), ops.log1p(-1.0 * probs), name="logits"), probs


def _floating(value: Any, name: str, dtype: DType | None) -> Tensor:
    tensor = convert_to_tensor(value, name=name, dtype=dtype)
    if not tensor.dtype.is_floating:
        raise TypeError(f"{name} must be floating, not {tensor.dtype.name}")
    return tensor


def _valid_probs(probs: Tensor, multidimensional: bool) -> Tensor:
    one = ops.constant(1.0, probs.dtype.base_dtype)
    assertions = [ops.assert_non_negative(probs, message="probs must not be negative")]
    if multidimensional:
        total = ops.reduce_sum(probs, -1)
        assertions.append(ops.assert_near(total, one, message="probs must sum to 1"))
    else:
        assertions.append(ops.assert_less_equal(probs, one, message="probs must be at most 1"))
    result: Tensor = checked(probs, *assertions)
    return result


def whole(value: Tensor, is_checked: bool, name: str = "value") -> Tensor:
    """Return a tensor of whole numbers from 0 on; the run checks them if wanted."""
    if not is_checked:
        return value
    assertions = [ops.assert_non_negative(value, message=f"{name} must not be negative")]
    if not value.dtype.is_integer:
        text = f"{name} must be whole numbers"
        assertions.append(ops.assert_equal(value, ops.floor(value), message=text))
    result: Tensor = checked(value, *assertions)
    return result


def log_combinations(n: Any, counts: Any, name: str = "log_combinations") -> Tensor:
    """Return the logarithm of the number of ways to sort n things into classes of given sizes.

    Args:
      n: floating, how many things there are.
      counts: floating [..., k], the sizes.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.exp(log_combinations(4.0, [1.0, 1.0, 2.0]))).round(3)
    np.float32(12.0)
    """
    with name_scope(name, values=[n, counts]):
        n = convert_to_tensor(n, name="n")
        counts = convert_to_tensor(counts, name="counts")
        return ops.lgamma(n + 1.0) - ops.reduce_sum(ops.lgamma(counts + 1.0), -1)
