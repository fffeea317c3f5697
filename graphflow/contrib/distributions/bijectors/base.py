"""The base of all bijectors, also of those that programs define."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype, int32
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators.shapes import shape_constant


@dataclass(frozen=True)
class _Known:
    """The other side of a tensor that went through, and the conditions under which it did."""

    tensor: Tensor
    conditions: dict[str, Any]


class Bijector:
    """An invertible and differentiable function that knows the determinant of its Jacobian.

    A subclass defines `_forward`, `_inverse`, one or both of `_forward_log_det_jacobian` and
    `_inverse_log_det_jacobian`, and, where shapes of events change, `_forward_event_shape` and its
    relatives. The log-determinants are those of an event of the least rank that the function
    acts on; they are summed over the further axes of larger events.

    Results are remembered: the inverse of a tensor that the bijector itself has made is the tensor
    that it was made of.

    Where several x have one y, `is_injective` is False, and `inverse` and
    `inverse_log_det_jacobian` return tuples.

    Args:
      graph_parents: the tensors that the bijector was made of.
      is_constant_jacobian: whether the Jacobian is the same everywhere.
      validate_args: whether the run checks arguments.
      dtype: the dtype of arguments; None if it is open.
      forward_min_event_ndims: the rank of what `forward` acts on at once.
      inverse_min_event_ndims: the rank of what `inverse` acts on at once; by default the same.
      name: name of the bijector, and name scope of its operations.

    Raises:
      ValueError: neither of both ranks is given, or one is negative.

    >>> import graphflow as tf
    >>> class Double(tf.contrib.distributions.bijectors.Bijector):
    ...     def __init__(self):
    ...         super().__init__(forward_min_event_ndims=0, is_constant_jacobian=True)
    ...     def _forward(self, x):
    ...         return 2.0 * x
    ...     def _inverse(self, y):
    ...         return y / 2.0
    ...     def _forward_log_det_jacobian(self, x):
    ...         return tf.log(2.0)
    >>> determinants = Double().inverse_log_det_jacobian([[2.0, 6.0, 8.0], [1.0, 3.0, 5.0]], 1)
    >>> tf.Session().run(tf.exp(determinants))
    np.float32(0.125)
    """

    def __init__(
        self,
        graph_parents: Sequence[Any] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        dtype: Any = None,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str | None = None,
    ) -> None:
        if forward_min_event_ndims is None and inverse_min_event_ndims is None:
            raise ValueError("give forward_min_event_ndims or inverse_min_event_ndims")
        if forward_min_event_ndims is None:
            forward_min_event_ndims = inverse_min_event_ndims
        if inverse_min_event_ndims is None:
            inverse_min_event_ndims = forward_min_event_ndims
        assert forward_min_event_ndims is not None
        assert inverse_min_event_ndims is not None
        if min(forward_min_event_ndims, inverse_min_event_ndims) < 0:
            raise ValueError("the least ranks of events must not be negative")
        self._graph_parents = list(graph_parents or ())
        self._is_constant_jacobian = is_constant_jacobian
        self._validate_args = validate_args
        self._dtype = None if dtype is None else as_dtype(dtype).base_dtype
        self._forward_min_event_ndims = forward_min_event_ndims
        self._inverse_min_event_ndims = inverse_min_event_ndims
        self._name = name or type(self).__name__.lower()
        self._results: dict[Tensor, _Known] = {}
        self._origins: dict[Tensor, _Known] = {}

    @contextmanager
    def _name_scope(self, name: str, values: Sequence[Any] = ()) -> Iterator[str]:
        """Enter the scope of one method within that of the bijector."""
        with (
            name_scope(self._name),
            name_scope(name, values=[*values, *self._graph_parents]) as scope,
        ):
            yield scope

    def _missing(self, method: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} does not define {method}")

    # -- properties --------------------------------------------------------------------------------

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors that the bijector was made of."""
        return self._graph_parents

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the Jacobian is the same everywhere."""
        return self._is_constant_jacobian

    @property
    def validate_args(self) -> bool:
        """Whether the run checks arguments."""
        return self._validate_args

    @property
    def dtype(self) -> Any:
        """The dtype of arguments, None if it is open."""
        return self._dtype

    @property
    def name(self) -> str:
        """The bijector's name."""
        return self._name

    @property
    def _is_injective(self) -> bool:
        """Whether each y has one x; a subclass may define it."""
        return True

    @property
    def is_injective(self) -> bool:
        """Whether each y has one x."""
        return self._is_injective

    @property
    def forward_min_event_ndims(self) -> int:
        """The rank of what `forward` acts on at once."""
        return self._forward_min_event_ndims

    @property
    def inverse_min_event_ndims(self) -> int:
        """The rank of what `inverse` acts on at once."""
        return self._inverse_min_event_ndims

    # -- shapes ------------------------------------------------------------------------------------

    def _forward_event_shape(self, input_shape: TensorShape) -> Any:
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> Any:
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return output_shape

    def forward_event_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of an event that was one of a given shape, as far as it is known.

        Args:
          input_shape: the shape before.
        """
        return TensorShape(self._forward_event_shape(TensorShape(input_shape)))

    def inverse_event_shape(self, output_shape: Any) -> TensorShape:
        """Return the shape of an event that becomes one of a given shape, as far as it is known.

        Args:
          output_shape: the shape after.
        """
        return TensorShape(self._inverse_event_shape(TensorShape(output_shape)))

    def forward_event_shape_tensor(
        self, input_shape: Any, name: str = "forward_event_shape_tensor"
    ) -> Tensor:
        """Like `forward_event_shape`, as int32 vectors.

        Args:
          input_shape: the shape before.
          name: name scope of the operations.
        """
        with self._name_scope(name, [input_shape]):
            shape = convert_to_tensor(input_shape, dtype=int32, name="input_shape")
            return self._forward_event_shape_tensor(shape)

    def inverse_event_shape_tensor(
        self, output_shape: Any, name: str = "inverse_event_shape_tensor"
    ) -> Tensor:
        """Like `inverse_event_shape`, as int32 vectors.

        Args:
          output_shape: the shape after.
          name: name scope of the operations.
        """
        with self._name_scope(name, [output_shape]):
            shape = convert_to_tensor(output_shape, dtype=int32, name="output_shape")
            return self._inverse_event_shape_tensor(shape)

    # What a subclass defines may take conditions or not: `*args` and `**conditions` allow both.

    # -- there and back ----------------------------------------------------------------------------

    def _forward(self, x: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_forward")

    def _inverse(self, y: Tensor, *args: Any, **conditions: Any) -> Tensor:
        raise self._missing("_inverse")

    def _argument(self, value: Any, name: str) -> Tensor:
        tensor = convert_to_tensor(value, name=name, preferred_dtype=self._dtype)
        if self._dtype is not None and tensor.dtype.base_dtype != self._dtype:
            raise TypeError(
                f"{self._name}: {name} must be {self._dtype.name}, not {tensor.dtype.name}"
            )
        return tensor

    def forward(self, x: Any, name: str = "forward") -> Tensor:
        """Return the function of `x`.

        Args:
          x: a tensor.
          name: name scope of the operations.

        Raises:
          TypeError: `x` has another dtype than the bijector.
          NotImplementedError: the bijector has no such method.
        """
        return self._call_forward(x, name)

    def _call_forward(self, x: Any, name: str, **conditions: Any) -> Tensor:
        with self._name_scope(name, [x]):
            x = self._argument(x, "x")
            known = _usable(self._results.get(x), conditions)
            if known is not None:
                return known
            y = self._forward(x, **conditions)
            self._remember(x, y, conditions)
            return y

    def inverse(self, y: Any, name: str = "inverse") -> Any:
        """Return the x whose function is `y`, or a tuple of those.

        Args:
          y: a tensor.
          name: name scope of the operations.

        Raises:
          TypeError: `y` has another dtype than the bijector.
          NotImplementedError: the bijector has no such method.
        """
        return self._call_inverse(y, name)

    def _call_inverse(self, y: Any, name: str, **conditions: Any) -> Any:
        with self._name_scope(name, [y]):
            y = self._argument(y, "y")
            if not self._is_injective:
                return self._inverse(y, **conditions)
            known = _usable(self._origins.get(y), conditions)
            if known is not None:
                return known
            x = self._inverse(y, **conditions)
            self._remember(x, y, conditions)
            return x

    def _remember(self, x: Tensor, y: Tensor, conditions: dict[str, Any]) -> None:
        self._results[x] = _Known(y, conditions)
        if self._is_injective:
            self._origins[y] = _Known(x, conditions)

    # -- Jacobians ---------------------------------------------------------------------------------

    def _forward_log_det_jacobian(self, x: Tensor, *args: Any, **conditions: Any) -> Any:
        raise self._missing("_forward_log_det_jacobian or _inverse_log_det_jacobian")

    def _inverse_log_det_jacobian(self, y: Tensor, *args: Any, **conditions: Any) -> Any:
        raise self._missing("_inverse_log_det_jacobian or _forward_log_det_jacobian")

    def forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str = "forward_log_det_jacobian"
    ) -> Tensor:
        """Return log|det dy/dx|.

        Args:
          x: a tensor.
          event_ndims: the rank of an event of `x`, an int.
          name: name scope of the operations.

        Returns:
          A tensor of the shape of `x` without the last `event_ndims` axes, or one that broadcasts
          with it.

        Raises:
          ValueError: events have a lower rank than the bijector acts on.
          NotImplementedError: the bijector has no such method.
        """
        return self._call_forward_log_det_jacobian(x, event_ndims, name)

    def _call_forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str, **conditions: Any
    ) -> Tensor:
        if not self._is_injective:
            raise NotImplementedError(
                f"{self._name}: several x have one y, so that only "
                "inverse_log_det_jacobian is defined"
            )
        with self._name_scope(name, [x]):
            x = self._argument(x, "x")
            extra = _extra_axes(self, event_ndims, self._forward_min_event_ndims)
            try:
                result = self._forward_log_det_jacobian(x, **conditions)
            except NotImplementedError:
                y = self._call_forward(x, "forward", **conditions)
                result = self._inverse_log_det_jacobian(y, **conditions)
                return -_summed(result, y, extra, self._inverse_min_event_ndims)
            return _summed(result, x, extra, self._forward_min_event_ndims)

    def inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str = "inverse_log_det_jacobian"
    ) -> Any:
        """Return log|det dx/dy|.

        Args:
          y: a tensor.
          event_ndims: the rank of an event of `y`, an int.
          name: name scope of the operations.

        Returns:
          A tensor of the shape of `y` without the last `event_ndims` axes, or one that broadcasts
          with it; a tuple of these if several x have one y.

        Raises:
          ValueError: events have a lower rank than the bijector acts on.
          NotImplementedError: the bijector has no such method.
        """
        return self._call_inverse_log_det_jacobian(y, event_ndims, name)

    def _call_inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str, **conditions: Any
    ) -> Any:
        with self._name_scope(name, [y]):
            y = self._argument(y, "y")
            extra = _extra_axes(self, event_ndims, self._inverse_min_event_ndims)
            try:
                result = self._inverse_log_det_jacobian(y, **conditions)
            except NotImplementedError:
                x = self._call_inverse(y, "inverse", **conditions)
                result = self._forward_log_det_jacobian(x, **conditions)
                return -_summed(result, x, extra, self._forward_min_event_ndims)
            if isinstance(result, tuple):
                return tuple(
                    _summed(one, y, extra, self._inverse_min_event_ndims) for one in result
                )
            return _summed(result, y, extra, self._inverse_min_event_ndims)


def _usable(known: _Known | None, conditions: dict[str, Any]) -> Tensor | None:
    """A remembered tensor, unless it has other conditions or another graph, such as a branch."""
    if known is None or known.tensor.graph is not get_default_graph():
        return None
    if known.conditions.keys() != conditions.keys():
        return None
    is_same = all(known.conditions[key] is value for key, value in conditions.items())
    return known.tensor if is_same else None


def _extra_axes(bijector: Bijector, event_ndims: Any, least: int) -> int:
    """How many axes of an event are more than the bijector acts on at once."""
    if isinstance(event_ndims, Tensor):
        event_ndims = event_ndims.constant_value()
    if event_ndims is None:
        raise ValueError(f"{bijector.name}: event_ndims must be known while building")
    if int(event_ndims) < least:
        raise ValueError(
            f"{bijector.name} acts on events of rank {least} or more, event_ndims is {event_ndims}"
        )
    return int(event_ndims) - least


def _summed(log_det: Any, x: Tensor, extra: int, least: int) -> Tensor:
    """Sum log-determinants over the further axes of events, which all have the same if constant."""
    log_dets = convert_to_tensor(log_det)
    if extra == 0:
        return log_dets
    rank = x.shape.ndims
    if rank is None:
        last = ops.rank(x) - least
        lengths = ops.shape(x)[last - extra : last]
    elif x.shape[rank - least - extra : rank - least].is_fully_defined():
        lengths = shape_constant(x.shape[rank - least - extra : rank - least])
    else:
        lengths = ops.shape(x)[rank - least - extra : rank - least]
    ones = ops.ones(lengths, log_dets.dtype.base_dtype)
    return ops.reduce_sum(ones * log_dets, list(range(-extra, 0)))
