"""`tf.keras.optimizers`: the base of Keras's optimizers, and the common ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.defaults import control_dependencies, init_scope
from graphflow.core.dtypes import bfloat16, float16, float32, float64, int64
from graphflow.core.gradients import gradients
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.keras import backend, initializers, settings
from graphflow.keras.names import configuration, made_from
from graphflow.ops.state import is_resource
from graphflow.train.optimizer import deduplicated
from graphflow.variables.base import Variable as AnyVariable
from graphflow.variables.variable import Variable

_KEYWORDS = ("clipnorm", "clipvalue", "lr", "decay")
# Parameters of updates by device and dtype.
_State = dict[tuple[Any, Any], dict[str, Any]]


class Optimizer:
    """Base class of Keras's optimizers.

    A subclass sets its parameters with `_set_hyper`, keeps slots (`_create_slots`) and says how a
    variable is updated (`_resource_apply_dense`, `_resource_apply_sparse`). Parameters that are
    numbers are variables of the graph, so that they can be changed.

    Args:
      name: the name of variables and operations that are made; None for one of the class's name.
      **kwargs: `clipnorm` and `clipvalue` limit gradients in `get_gradients` and `minimize`, by
        norm and by value; `decay` lets the learning rate fall as 1 / (1 + decay * iterations); `lr`
        is another name of `learning_rate`.

    Raises:
      TypeError: another keyword is given.
      ValueError: one of their values is negative.
    """

    def __init__(self, name: str | None, **kwargs: Any) -> None:
        for key, value in kwargs.items():
            if key not in _KEYWORDS:
                raise TypeError(f"{type(self).__name__} takes no argument {key!r}")
            if value < 0:
                raise ValueError(f"{key} must not be negative, but is {value}")
        self._use_locking = True
        self._name = name or type(self).__name__
        self._hyper: dict[str, Any] = {}
        self._slots: dict[Any, dict[str, Any]] = {}
        self._slot_names: list[str] = []
        self._weights: list[Any] = []
        self._iterations: Any = None
        self._hypers_created = False
        self._initial_decay = kwargs.get("decay", 0.0)
        for limit in ("clipnorm", "clipvalue"):
            if limit in kwargs:
                setattr(self, limit, kwargs[limit])

    # -- use --------------------------------------------------------------------------------------

    def minimize(
        self, loss: Callable[[], Any], var_list: Any, grad_loss: Any = None, name: str | None = None
    ) -> Operation:
        """Return the operation that makes a loss smaller.

        Args:
          loss: a function without arguments that returns the loss.
          var_list: the variables to change, or a function that returns them.
          grad_loss: the gradient of the loss, by default 1.
          name: a name for the operation.

        Raises:
          TypeError: the loss is no function.
          ValueError: the loss depends on none of the variables.
        """
        pairs = self._compute_gradients(loss, var_list, grad_loss)
        return self.apply_gradients(pairs, name=name)

    def _compute_gradients(
        self, loss: Callable[[], Any], var_list: Any, grad_loss: Any = None
    ) -> list[tuple[Any, Any]]:
        if not callable(loss):
            raise TypeError(
                f"a Keras optimizer minimizes a function, not {loss!r}: "
                f"give lambda: loss{at_user_line()}"
            )
        value = loss()
        variables = nest.flatten(var_list() if callable(var_list) else var_list)
        with name_scope(self._name + "/gradients"):
            grads = gradients(value, variables, grad_loss)
            return list(zip(self._clipped(grads), variables, strict=True))

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """Return the gradients of a loss, limited as the constructor was told.

        Args:
          loss: a tensor.
          params: variables.

        Raises:
          ValueError: the loss does not depend on one of them.
        """
        variables = nest.flatten(params)
        with name_scope(self._name + "/gradients"):
            grads = gradients(loss, variables)
            for grad, variable in zip(grads, variables, strict=True):
                if grad is None:
                    raise ValueError(f"the loss does not depend on {variable!r}{at_user_line()}")
            return self._clipped(grads)

    def _clipped(self, grads: Sequence[Any]) -> list[Any]:
        limited = list(grads)
        norm, value = getattr(self, "clipnorm", None), getattr(self, "clipvalue", None)
        if norm is not None:
            limited = [g if g is None else ops.clip_by_norm(g, norm) for g in limited]
        if value is not None:
            limited = [g if g is None else ops.clip_by_value(g, -value, value) for g in limited]
        return limited

    def get_updates(self, loss: Any, params: Any) -> list[Operation]:
        """Return the operation that makes a loss smaller, in a list.

        Args:
          loss: a tensor.
          params: variables.
        """
        grads = self.get_gradients(loss, params)
        return [self.apply_gradients(zip(grads, nest.flatten(params), strict=True))]

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Operation:
        """Return the operation that updates variables and counts the iteration.

        Args:
          grads_and_vars: pairs of a gradient, or None, and a variable.
          name: a name for the operation.

        Raises:
          ValueError: there is no gradient, or a variable does not hold floats.
        """
        pairs = [(grad, variable) for grad, variable in grads_and_vars if grad is not None]
        if not pairs:
            raise ValueError(f"there is no gradient for any variable{at_user_line()}")
        variables = [variable for _, variable in pairs]
        for variable in variables:
            if variable.dtype.base_dtype not in self._valid_dtypes():
                raise ValueError(f"cannot update {variable!r}: it does not hold floats")
        with name_scope(self._name):
            with init_scope():
                _ = self.iterations
                self._create_hypers()
                self._create_slots(variables)
            state = self._prepare(variables)
            with name_scope(name or self._name):
                updates = [self._update(grad, variable, state) for grad, variable in pairs]
                with control_dependencies(updates):
                    return self.iterations.assign_add(1).op  # type: ignore[no-any-return]

    def _update(self, grad: Any, variable: Any, state: _State | None) -> Any:
        with name_scope("update_" + variable.op.name):
            if isinstance(grad, IndexedSlices):
                if variable.constraint is not None:
                    raise RuntimeError(f"{variable!r} has a constraint and a sparse gradient")
                apply = self._resource_apply_sparse_duplicate_indices
                given = _state_if_asked(self._resource_apply_sparse, state)
                return apply(grad.values, variable, grad.indices, **given)
            given = _state_if_asked(self._resource_apply_dense, state)
            update = self._resource_apply_dense(convert_to_tensor(grad), variable, **given)
            if variable.constraint is None:
                return update
            with control_dependencies([update]):
                return variable.assign(variable.constraint(variable))

    # -- what subclasses define -------------------------------------------------------------------

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Make the slots of variables."""

    def _resource_apply_dense(
        self, grad: Tensor, handle: Any, apply_state: _State | None = None
    ) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._resource_apply_dense")

    def _resource_apply_sparse(
        self, grad: Tensor, handle: Any, indices: Tensor, apply_state: _State | None = None
    ) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._resource_apply_sparse")

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor, **kwargs: Any
    ) -> Any:
        summed, unique = deduplicated(grad, indices)
        return self._resource_apply_sparse(summed, handle, unique, **kwargs)

    def _prepare(self, var_list: Sequence[Any]) -> _State | None:
        state: _State = {}
        for variable in var_list:
            key = (variable.device, variable.dtype.base_dtype)
            if key not in state:
                state[key] = {}
                self._prepare_local(*key, state)
        return state

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: _State) -> None:
        if "learning_rate" in self._hyper:
            rate = ops.identity(self._decayed_lr(var_dtype))
            apply_state[var_device, var_dtype]["lr_t"] = rate

    def _coefficients(self, variable: Any, state: _State | None) -> dict[str, Any]:
        key = (variable.device, variable.dtype.base_dtype)
        return (state or {}).get(key) or self._fallback_apply_state(*key)

    def _fallback_apply_state(self, var_device: Any, var_dtype: Any) -> dict[str, Any]:
        state: _State = {(var_device, var_dtype): {}}
        self._prepare_local(var_device, var_dtype, state)
        return state[var_device, var_dtype]

    def _valid_dtypes(self) -> set[Any]:
        return {float16, bfloat16, float32, float64}

    # -- parameters -------------------------------------------------------------------------------

    def _set_hyper(self, name: str, value: Any) -> None:
        before = self._hyper.get(name)
        if isinstance(before, AnyVariable):
            backend.set_value(before, value)
        else:
            self._hyper[name] = value

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        self._create_hypers()
        value = self._hyper[name]
        if callable(value) and not isinstance(value, AnyVariable):
            value = value()
        return ops.cast(value, dtype) if dtype else value

    def _create_hypers(self) -> None:
        if self._hypers_created:
            return
        for name, value in sorted(self._hyper.items()):
            if not (isinstance(value, (Tensor, AnyVariable)) or callable(value)):
                self._hyper[name] = self.add_weight(
                    name, shape=[], trainable=False, initializer=value
                )
        self._hypers_created = True

    def _decayed_lr(self, var_dtype: Any) -> Any:
        rate = self._get_hyper("learning_rate", var_dtype)
        if self._initial_decay > 0:
            step = ops.cast(self.iterations, var_dtype)
            rate = rate / (1.0 + self._get_hyper("decay", var_dtype) * step)
        return rate

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param

    def __getattr__(self, name: str) -> Any:
        hyper = self.__dict__.get("_hyper", {})
        wanted = "learning_rate" if name == "lr" else name
        if wanted in hyper:
            return self._get_hyper(wanted)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        wanted = "learning_rate" if name == "lr" else name
        if wanted in self.__dict__.get("_hyper", {}):
            self._set_hyper(wanted, value)
        else:
            super().__setattr__(name, value)

    # -- variables --------------------------------------------------------------------------------

    @property
    def iterations(self) -> Any:
        """The int64 variable that counts how often gradients were applied."""
        if self._iterations is None:
            self._iterations = self.add_weight("iter", shape=[], dtype=int64, trainable=False)
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self._iterations is not None:
            raise RuntimeError("the optimizer counts its iterations in another variable already")
        self._iterations = variable
        self._weights.append(variable)

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = "zeros",
        trainable: bool | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
    ) -> Any:
        """Make a variable of the optimizer.

        Args:
          name: its name.
          shape: its shape.
          dtype: its dtype, by default float32.
          initializer: the name of an initializer, one, or the initial value.
          trainable: whether optimizers change it, by default True.
          synchronization: accepted; there is one machine.
          aggregation: accepted; there is one machine.
        """
        del synchronization, aggregation
        return Variable(
            _initial_value(initializer, shape, dtype or float32),
            trainable=trainable is None or trainable,
            name=name,
            dtype=dtype or float32,
            use_resource=True,
        )

    def add_slot(self, var: Any, slot_name: str, initializer: Any = "zeros") -> Any:
        """Return a variable kept beside another, which is made at first.

        Args:
          var: the other variable.
          slot_name: the name of the slot.
          initializer: the name of an initializer, one, or the initial value.
        """
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault((var.op.graph, var.op.name), {})
        if slot_name not in slots:
            slots[slot_name] = Variable(
                _initial_value(initializer, var.shape, var.dtype.base_dtype),
                trainable=False,
                name=f"{var.op.name}/{slot_name}",
                dtype=var.dtype.base_dtype,
                use_resource=is_resource(var),  # ops take variables of one kind
            )
            self._weights.append(slots[slot_name])
        return slots[slot_name]

    def get_slot(self, var: Any, slot_name: str) -> Any:
        """Return the variable that `add_slot` made.

        Args:
          var: the variable beside which it is.
          slot_name: the name of the slot.

        Raises:
          KeyError: there is none.
        """
        return self._slots[var.op.graph, var.op.name][slot_name]

    def get_slot_names(self) -> list[str]:
        """Return the names of the slots that were made."""
        return self._slot_names

    @property
    def weights(self) -> list[Any]:
        """The count of iterations and the slots, in the order in which they were made."""
        return self._weights

    def variables(self) -> list[Any]:
        """Return `weights`."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """Return the values of `weights` in the default session."""
        return [backend.get_value(weight) for weight in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give `weights` values in the default session.

        Args:
          weights: an array for each of them.

        Raises:
          ValueError: their number or a shape is another.
        """
        if len(weights) != len(self.weights):
            raise ValueError(
                f"optimizer {self._name} has {len(self.weights)} weights, not {len(weights)}"
            )
        for variable, value in zip(self.weights, weights, strict=True):
            if variable.shape.as_list() != list(np.shape(value)):
                raise ValueError(f"{variable!r} cannot hold an array of shape {np.shape(value)}")
        for variable, value in zip(self.weights, weights, strict=True):
            backend.set_value(variable, value)

    # -- configuration ----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimizer."""
        limits: dict[str, Any] = {
            key: getattr(self, key) for key in ("clipnorm", "clipvalue") if key in vars(self)
        }
        return {"name": self._name, **limits}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the optimizer that `get_config` describes.

        Args:
          config: what it returned.
          custom_objects: accepted; parameters are numbers.
        """
        del custom_objects
        arguments = dict(config)
        if "lr" in arguments:
            arguments["learning_rate"] = arguments.pop("lr")
        return cls(**arguments)

    def _serialize_hyperparameter(self, hyperparameter_name: str) -> Any:
        value = self._hyper[hyperparameter_name]
        if isinstance(value, (Tensor, AnyVariable)):
            return backend.get_value(value)
        return value() if callable(value) else value


def _state_if_asked(apply: Callable[..., Any], state: _State | None) -> dict[str, Any]:
    """The parameters of the updates, for a method that takes them."""
    asked = "apply_state" in inspect.signature(apply).parameters
    return {"apply_state": state} if asked else {}


def _initial_value(initializer: Any, shape: Any, dtype: Any) -> Any:
    if isinstance(initializer, str) or callable(initializer):
        make = initializers.get(initializer)
        return lambda: make(shape, dtype=dtype)
    return initializer


class SGD(Optimizer):
    """Takes steps against the gradient, with momentum if asked for.

    With momentum m: velocity = m * velocity - learning_rate * gradient, and the variable is moved
    by the velocity, or, the way of Nesterov, by m * velocity - learning_rate * gradient.

    Args:
      learning_rate: a number, tensor, or function that returns one.
      momentum: the part of the velocity that is kept.
      nesterov: whether to look ahead.
      name: the name of variables and operations.
      **kwargs: as for `Optimizer`.

    >>> import graphflow as tf
    >>> w = tf.Variable([3.0, 5.0])
    >>> step = tf.keras.optimizers.SGD(0.5).minimize(lambda: tf.reduce_sum(w * w) / 2.0, [w])
    >>> with tf.Session() as session:
    ...     _ = session.run(tf.global_variables_initializer())
    ...     _ = session.run(step)
    ...     session.run(w)
    array([1.5, 2.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        if isinstance(momentum, (int, float)) and not 0 <= momentum <= 1:
            raise ValueError(f"momentum must be from 0 to 1, but is {momentum}")
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._momentum = bool(isinstance(momentum, Tensor) or callable(momentum) or momentum > 0)
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for variable in var_list if self._momentum else ():
            self.add_slot(variable, "momentum")

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: _State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        momentum = ops.identity(self._get_hyper("momentum", var_dtype))
        apply_state[var_device, var_dtype]["momentum"] = momentum

    def _resource_apply_dense(
        self, grad: Tensor, handle: Any, apply_state: _State | None = None
    ) -> Any:
        given = self._coefficients(handle, apply_state)
        if not self._momentum:
            return ops.apply_gradient_descent(handle, given["lr_t"], grad)
        slot = self.get_slot(handle, "momentum")
        velocity = slot.assign(given["momentum"] * slot - given["lr_t"] * grad, read_value=True)
        change = velocity
        if self.nesterov:
            change = given["momentum"] * velocity - given["lr_t"] * grad
        return handle.assign_add(change)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor, **kwargs: Any
    ) -> Any:
        if self._momentum:
            return super()._resource_apply_sparse_duplicate_indices(grad, handle, indices, **kwargs)
        rate = self._coefficients(handle, kwargs.get("apply_state"))["lr_t"]
        return ops.scatter_sub(handle, indices, grad * rate)

    def _resource_apply_sparse(
        self, grad: Tensor, handle: Any, indices: Tensor, apply_state: _State | None = None
    ) -> Any:
        given = self._coefficients(handle, apply_state)
        slot = self.get_slot(handle, "momentum")
        velocity = given["momentum"] * ops.gather(slot, indices) - given["lr_t"] * grad
        kept = ops.scatter_update(slot, indices, velocity)
        change = velocity
        if self.nesterov:
            change = given["momentum"] * velocity - given["lr_t"] * grad
        return ops.group(kept, ops.scatter_add(handle, indices, change))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimizer."""
        numbers = ("learning_rate", "decay", "momentum")
        return {
            **super().get_config(),
            **{name: self._serialize_hyperparameter(name) for name in numbers},
            "nesterov": self.nesterov,
        }


class Adam(Optimizer):
    """Divides the mean of past gradients by the root of the mean of their squares (Kingma and Ba).

    Args:
      learning_rate: a number, tensor, or function that returns one.
      beta_1: how much of the mean is kept.
      beta_2: how much of the mean of squares is kept.
      epsilon: keeps the quotient finite; None for `tf.keras.backend.epsilon()`.
      amsgrad: must be False.
      name: the name of variables and operations.
      **kwargs: as for `Optimizer`.

    Raises:
      NotImplementedError: `amsgrad` is set.

    >>> import graphflow as tf
    >>> w = tf.Variable([3.0, -5.0])
    >>> step = tf.keras.optimizers.Adam(0.5).minimize(lambda: tf.reduce_sum(w * w), [w])
    >>> with tf.Session() as session:
    ...     _ = session.run(tf.global_variables_initializer())
    ...     _ = session.run(step)
    ...     session.run(w).round(4)
    array([ 2.5, -4.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float | None = 1e-7,
        amsgrad: bool = False,
        name: str = "Adam",
        **kwargs: Any,
    ) -> None:
        if amsgrad:
            raise NotImplementedError("Adam: amsgrad=True")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or settings.epsilon()
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for name in ("m", "v"):
            for variable in var_list:
                self.add_slot(variable, name)

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: _State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        step = ops.cast(self.iterations + 1, var_dtype)
        beta_1 = ops.identity(self._get_hyper("beta_1", var_dtype))
        beta_2 = ops.identity(self._get_hyper("beta_2", var_dtype))
        apply_state[var_device, var_dtype].update(
            epsilon=convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1,
            beta_1_power=ops.pow(beta_1, step),
            beta_2_t=beta_2,
            beta_2_power=ops.pow(beta_2, step),
        )

    def _resource_apply_dense(
        self, grad: Tensor, handle: Any, apply_state: _State | None = None
    ) -> Any:
        given = self._coefficients(handle, apply_state)
        return ops.apply_adam(
            handle, self.get_slot(handle, "m"), self.get_slot(handle, "v"),
            given["beta_1_power"], given["beta_2_power"], given["lr_t"],
            given["beta_1_t"], given["beta_2_t"], given["epsilon"], grad,
        )  # fmt: skip

    def _resource_apply_sparse(
        self, grad: Tensor, handle: Any, indices: Tensor, apply_state: _State | None = None
    ) -> Any:
        given = self._coefficients(handle, apply_state)
        beta_1, beta_2 = given["beta_1_t"], given["beta_2_t"]
        mean = self._decayed_sum(handle, "m", beta_1, grad, indices)
        squares = self._decayed_sum(handle, "v", beta_2, grad * grad, indices)
        rate = given["lr_t"] * ops.sqrt(1 - given["beta_2_power"]) / (1 - given["beta_1_power"])
        return handle.assign_sub(rate * mean / (ops.sqrt(squares) + given["epsilon"]))

    def _decayed_sum(
        self, variable: Any, name: str, kept: Any, values: Tensor, indices: Tensor
    ) -> Any:
        slot = self.get_slot(variable, name)
        with control_dependencies([slot.assign(slot * kept)]):
            return ops.scatter_add(slot, indices, values * (1 - kept))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimizer."""
        numbers = ("learning_rate", "decay", "beta_1", "beta_2")
        return {
            **super().get_config(),
            **{name: self._serialize_hyperparameter(name) for name in numbers},
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }


_BY_NAME: dict[str, Any] = {"adam": Adam, "sgd": SGD}


def get(identifier: Any) -> Any:
    """Return an optimizer.

    Args:
      identifier: an optimizer, the name of a class in any letters, or what `serialize` returned.

    Raises:
      ValueError: there is no such optimizer.

    >>> get("SGD").get_config()["learning_rate"]
    0.01
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        return made_from(identifier.lower(), _BY_NAME, "optimizer")
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    raise ValueError(f"cannot interpret {identifier!r} as an optimizer{at_user_line()}")


def serialize(optimizer: Any) -> Any:
    """Return the class name and configuration of an optimizer.

    Args:
      optimizer: the optimizer.
    """
    return configuration(optimizer)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the optimizer that `serialize` describes.

    Args:
      config: what it returned.
      custom_objects: from names to classes of a program's own.

    >>> deserialize(serialize(Adam(0.5))).get_config()["learning_rate"]
    0.5
    """
    known = {**_BY_NAME, **{name.lower(): item for name, item in (custom_objects or {}).items()}}
    wanted = {**config, "class_name": str(config.get("class_name", "")).lower()}
    return made_from(wanted, known, "optimizer")
