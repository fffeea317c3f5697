"""Variables of models: made with their collections, found by name, scope or suffix, assigned."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.core.device import DeviceSpec
from graphflow.core.dtypes import float32
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.train.global_step import assert_global_step, get_global_step
from graphflow.variables.base import Variable
from graphflow.variables.scope import VariableScope, get_variable, get_variable_scope

# -- making ----------------------------------------------------------------------------------------


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Any:
    """Return the variable of a name in the current variable scope, as `tf.get_variable` does.

    Args:
      name: its name within the scope.
      shape: its shape.
      dtype: its dtype.
      initializer: as for `tf.get_variable`.
      regularizer: as for `tf.get_variable`.
      trainable: whether optimizers change it.
      collections: the collections it enters, `[GraphKeys.GLOBAL_VARIABLES]` by default.
      caching_device: as for `tf.get_variable`.
      device: the device of its operations, or a function of an operation that tells the device.
      partitioner: as for `tf.get_variable`.
      custom_getter: called in place of `tf.get_variable`, with the same arguments and `reuse`.
      use_resource: whether to make a resource variable.
      synchronization: as for `tf.get_variable`.
      aggregation: as for `tf.get_variable`.

    Returns:
      The variable.
    """
    getter: Callable[..., Any] = get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=get_variable_scope().reuse)
    names = [GraphKeys.GLOBAL_VARIABLES] if collections is None else dict.fromkeys(collections)
    with get_default_graph().device(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=list(names),
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Any:
    """Return a variable that also enters the collection `GraphKeys.MODEL_VARIABLES`.

    Args:
      name: its name within the variable scope.
      shape: its shape.
      dtype: its dtype.
      initializer: as for `tf.get_variable`.
      regularizer: as for `tf.get_variable`.
      trainable: whether optimizers change it.
      collections: further collections that it enters.
      caching_device: as for `tf.get_variable`.
      device: the device of its operations, or a function of an operation that tells the device.
      partitioner: as for `tf.get_variable`.
      custom_getter: called in place of `tf.get_variable`, with the same arguments and `reuse`.
      use_resource: whether to make a resource variable.
      synchronization: as for `tf.get_variable`.
      aggregation: as for `tf.get_variable`.

    Returns:
      The variable.

    >>> import graphflow as tf
    >>> with tf.variable_scope("net"):
    ...     w = tf.contrib.framework.model_variable("w", [2, 3])
    >>> [v.name for v in tf.contrib.framework.get_model_variables()]
    ['net/w:0']
    """
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=[
            *(collections or []),
            GraphKeys.GLOBAL_VARIABLES,
            GraphKeys.MODEL_VARIABLES,
        ],
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def local_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """Make a variable that is neither trained nor saved.

    Args:
      initial_value: its initial value, or a function without arguments that makes it.
      validate_shape: whether the shape of the initial value must be known.
      name: its name.
      use_resource: whether to make a resource variable.

    Returns:
      The variable, in the collection `GraphKeys.LOCAL_VARIABLES`.
    """
    return _untrained(GraphKeys.LOCAL_VARIABLES, initial_value, validate_shape, name, use_resource)


def global_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """Make a variable that is saved but not trained.

    Args:
      initial_value: its initial value, or a function without arguments that makes it.
      validate_shape: whether the shape of the initial value must be known.
      name: its name.
      use_resource: whether to make a resource variable.

    Returns:
      The variable, in the collection `GraphKeys.GLOBAL_VARIABLES`.
    """
    return _untrained(GraphKeys.GLOBAL_VARIABLES, initial_value, validate_shape, name, use_resource)


def _untrained(
    collection: str,
    initial_value: Any,
    validate_shape: bool,
    name: str | None,
    use_resource: bool | None,
) -> Any:
    return Variable(
        initial_value=initial_value,
        trainable=False,
        collections=[collection],
        validate_shape=validate_shape,
        name=name,
        use_resource=use_resource,
    )


def add_model_variable(var: Any) -> None:
    """Add a variable to the collection `GraphKeys.MODEL_VARIABLES`, unless it is there.

    Args:
      var: a variable.
    """
    known = get_default_graph().get_collection_ref(GraphKeys.MODEL_VARIABLES)
    if not any(item is var for item in known):
        known.append(var)


def zero_initializer(ref: Any, use_locking: bool = True, name: str = "zero_initializer") -> Any:
    """Return the tensor that sets a variable to zeros when it is evaluated.

    Args:
      ref: a variable, initialized or not.
      use_locking: accepted; writes are always atomic.
      name: name of the operation.

    Returns:
      The variable's new value.
    """
    zeros = ops.zeros(ref.get_shape(), ref.dtype.base_dtype)
    return ops.assign(ref, zeros, use_locking=use_locking, name=name)


def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """Check that a tensor can be the global step, or return the graph's one.

    Args:
      graph: the graph to search, by default the default graph.
      global_step_tensor: the tensor or variable to check; None to search.

    Raises:
      TypeError: it is not an integer scalar.
    """
    if global_step_tensor is None:
        return get_global_step(graph)
    assert_global_step(global_step_tensor)
    return global_step_tensor


# -- finding ---------------------------------------------------------------------------------------


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """Return the variables of a collection whose names are in a scope and end in a suffix.

    Args:
      scope: a regular expression for the beginning of the names, or a variable scope; None for all.
      suffix: the end of the names, without the ":0"; None for all.
      collection: the collection.

    >>> import graphflow as tf
    >>> for name in ("a/w", "a/b", "c/w"):
    ...     v = tf.get_variable(name, [2])
    >>> [v.name for v in tf.contrib.framework.get_variables(suffix="w")]
    ['a/w:0', 'c/w:0']
    """
    if isinstance(scope, VariableScope):
        scope = scope.name
    if suffix is not None:
        ending = suffix if ":" in suffix else suffix + ":"
        scope = f"{scope or ''}.*{ending}"
    return get_default_graph().get_collection(collection, scope)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Return the variables of `GraphKeys.MODEL_VARIABLES`, chosen as by `get_variables`.

    Args:
      scope: as for `get_variables`.
      suffix: as for `get_variables`.
    """
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Return the variables of `GraphKeys.LOCAL_VARIABLES`, chosen as by `get_variables`.

    Args:
      scope: as for `get_variables`.
      suffix: as for `get_variables`.
    """
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Return the variables of `GraphKeys.TRAINABLE_VARIABLES`, chosen as by `get_variables`.

    Args:
      scope: as for `get_variables`.
      suffix: as for `get_variables`.
    """
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """Return the global variables whose names end in a suffix.

    Args:
      suffix: the end of the names.
      scope: as for `get_variables`.
    """
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """Return the global variables with a name, in whatever scope.

    Args:
      given_name: the last part of the names.
      scope: as for `get_variables`.

    >>> import graphflow as tf
    >>> for name in ("w", "a/w", "a/dw"):
    ...     v = tf.get_variable(name, [2])
    >>> [v.name for v in tf.contrib.framework.get_variables_by_name("w")]
    ['w:0', 'a/w:0']
    """
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


def get_variables_to_restore(include: Any = None, exclude: Any = None) -> list[Any]:
    """Return the global variables to restore from a checkpoint.

    Args:
      include: a list of scopes; None for all variables.
      exclude: a list of scopes whose variables are left out.

    Raises:
      TypeError: `include` or `exclude` is no list.
    """
    included = get_variables() if include is None else _of_scopes("include", include)
    excluded = [] if exclude is None else _of_scopes("exclude", exclude)
    return [var for var in included if not any(var is other for other in excluded)]


def _of_scopes(argument: str, scopes: Any) -> list[Any]:
    if not isinstance(scopes, (list, tuple)):
        raise TypeError(f"{argument} is a list of scopes, not {scopes!r}")
    return [var for scope in scopes for var in get_variables(scope)]


def get_variable_full_name(var: Any) -> str:
    """Return the name of a variable; for a part of a partitioned one, that of the whole.

    Args:
      var: a variable.
    """
    info = var._get_save_slice_info()
    return str(var.op.name if info is None else info.full_name)


def get_unique_variable(var_op_name: str) -> Any:
    """Return the global variable of a name.

    Args:
      var_op_name: its full name, without ":0".

    Raises:
      ValueError: there is none.
    """
    for var in get_variables(scope=re.escape(var_op_name)):
        if var.op.name == var_op_name:
            return var
    raise ValueError(f"no variable is named {var_op_name!r}")


def filter_variables(
    var_list: Sequence[Any],
    include_patterns: Sequence[str] | None = None,
    exclude_patterns: Sequence[str] | None = None,
    reg_search: bool = True,
) -> list[Any]:
    """Return the variables of a list whose names match regular expressions.

    Args:
      var_list: the variables.
      include_patterns: a name must match one of these, if there are any.
      exclude_patterns: a name must match none of these.
      reg_search: whether a pattern may match anywhere, not only at the beginning.
    """
    matches = re.search if reg_search else re.match

    def matches_one(var: Any, patterns: Sequence[str]) -> bool:
        return any(matches(pattern, var.op.name) for pattern in patterns)

    found = list(var_list)
    if include_patterns:
        found = [var for var in found if matches_one(var, include_patterns)]
    if exclude_patterns:
        found = [var for var in found if not matches_one(var, exclude_patterns)]
    return found


# -- assigning -------------------------------------------------------------------------------------


def assign_from_values(
    var_names_to_values: Mapping[str, Any],
) -> tuple[Operation, dict[Tensor, Any]]:
    """Return an operation that assigns values to variables, and what to feed to it.

    Args:
      var_names_to_values: from names of global variables to arrays with as many items.

    Returns:
      The operation, and the dictionary to feed.

    Raises:
      ValueError: there is no variable of a name.

    >>> import graphflow as tf
    >>> w = tf.get_variable("w", [2, 2])
    >>> assign, feed = tf.contrib.framework.assign_from_values({"w": [1.0, 2.0, 4.0, 8.0]})
    >>> sess = tf.Session()
    >>> sess.run(assign, feed)
    >>> sess.run(w)
    array([[1., 2.],
           [4., 8.]], dtype=float32)
    """
    pairs = [(get_unique_variable(name), value) for name, value in var_names_to_values.items()]
    assigns, feeds = [], {}
    for var, value in pairs:
        source = ops.placeholder(
            var.dtype.base_dtype, var.get_shape(), name="placeholder/" + var.op.name
        )
        assigns.append(var.assign(source))
        feeds[source] = np.reshape(value, var.get_shape().as_list())
    return ops.group(*assigns), feeds


def assign_from_values_fn(var_names_to_values: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return a function of a session that assigns values to variables.

    Args:
      var_names_to_values: from names of global variables to arrays with as many items.

    Raises:
      ValueError: there is no variable of a name.
    """
    assign, feeds = assign_from_values(var_names_to_values)

    def assign_in(session: Any) -> Any:
        return session.run(assign, feeds)

    return assign_in


# -- devices ---------------------------------------------------------------------------------------


class VariableDeviceChooser:
    """A device function that hands parameter servers variables in turn.

    Args:
      num_tasks: the number of tasks; 0 to name neither job nor task.
      job_name: the name of the job.
      device_type: the type of the device.
      device_index: its index.
      replica: the replica.

    >>> chooser = VariableDeviceChooser(num_tasks=2)
    >>> chooser(None), chooser(None), chooser(None)[:13]
    ('/job:ps/task:0/device:CPU:0', '/job:ps/task:1/device:CPU:0', '/job:ps/task:')
    """

    def __init__(
        self,
        num_tasks: int = 0,
        job_name: str = "ps",
        device_type: str = "CPU",
        device_index: int = 0,
        replica: int | None = None,
    ) -> None:
        self._job_name = job_name
        self._device_type = device_type
        self._device_index = device_index
        self._replica = replica
        self._num_tasks = num_tasks
        self._next_task_id = 0

    def __call__(self, op: Any) -> str:
        """Return the device of the next variable.

        Args:
          op: the operation to place.
        """
        spec = DeviceSpec(
            replica=self._replica, device_type=self._device_type, device_index=self._device_index
        )
        if self._num_tasks > 0:
            spec = spec.replace(job=self._job_name, task=self._next_task_id)
            self._next_task_id = (self._next_task_id + 1) % self._num_tasks
        return spec.to_string()
