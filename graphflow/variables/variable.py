"""Variables of a graph: the classes, and the functions over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import string
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.variables.base import (
    SaveSliceInfo,
    Variable,
    VariableAggregation,
    VariableSynchronization,
)
from graphflow.variables.creators import (
    disable_resource_variables,
    enable_resource_variables,
    resource_variables_enabled,
    variable_creator_scope,
)
from graphflow.variables.partitioned import PartitionedVariable
from graphflow.variables.reference import RefVariable
from graphflow.variables.resource import ResourceVariable
from graphflow.variables.template import make_template

__all__ = [
    "PartitionedVariable",
    "RefVariable",
    "ResourceVariable",
    "SaveSliceInfo",
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
    "all_variables",
    "assert_variables_initialized",
    "disable_resource_variables",
    "enable_resource_variables",
    "global_variables",
    "global_variables_initializer",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "is_variable_initialized",
    "local_variables",
    "local_variables_initializer",
    "make_template",
    "model_variables",
    "moving_average_variables",
    "report_uninitialized_variables",
    "resource_variables_enabled",
    "trainable_variables",
    "variable_creator_scope",
    "variables_initializer",
]


# -- collections -----------------------------------------------------------------------------------


def global_variables(scope: str | None = None) -> list[Any]:
    """Return the global variables: those shared by all who run the graph.

    Args:
      scope: only variables whose name matches this regular expression at its beginning.

    >>> import graphflow as tf
    >>> v, w = tf.Variable(1, name="a/v"), tf.Variable(2, name="b/w")
    >>> [x.name for x in tf.global_variables()], [x.name for x in tf.global_variables("b/")]
    (['a/v:0', 'b/w:0'], ['b/w:0'])
    """
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Any]:
    """Return the global variables; deprecated name of `tf.global_variables`."""
    warn_once("tf.all_variables is deprecated: use tf.global_variables")
    return global_variables()


def local_variables(scope: str | None = None) -> list[Any]:
    """Return the local variables: those that checkpoints leave out, such as counters.

    Args:
      scope: only variables whose name matches this regular expression at its beginning.
    """
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Any]:
    """Return the variables of the collection MODEL_VARIABLES.

    Args:
      scope: only variables whose name matches this regular expression at its beginning.
    """
    return get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """Return the variables that optimizers change unless told otherwise.

    Args:
      scope: only variables whose name matches this regular expression at its beginning.

    >>> import graphflow as tf
    >>> v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w", trainable=False)
    >>> [x.name for x in tf.trainable_variables()]
    ['v:0']
    """
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Any]:
    """Return the variables whose moving averages are kept.

    Args:
      scope: only variables whose name matches this regular expression at its beginning.
    """
    return get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


# -- initializers ----------------------------------------------------------------------------------


def variables_initializer(var_list: Sequence[Any], name: str = "init") -> Operation:
    """Return an operation that gives variables their initial values.

    Args:
      var_list: the variables.
      name: the operation's name.
    """
    initializers = [variable.initializer for variable in var_list or ()]
    return ops.group(*initializers, name=name)


def initialize_variables(var_list: Sequence[Any], name: str = "init") -> Operation:
    """Return an initializer; deprecated name of `tf.variables_initializer`."""
    warn_once("tf.initialize_variables is deprecated: use tf.variables_initializer")
    return variables_initializer(var_list, name)


def global_variables_initializer() -> Operation:
    """Return an operation that gives all global variables their initial values.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(v))
    [1. 2.]
    """
    return variables_initializer(global_variables())


def initialize_all_variables() -> Operation:
    """Return an initializer; deprecated name of `tf.global_variables_initializer`."""
    warn_once("tf.initialize_all_variables is deprecated: use tf.global_variables_initializer")
    return global_variables_initializer()


def local_variables_initializer() -> Operation:
    """Return an operation that gives all local variables their initial values."""
    return variables_initializer(local_variables())


def initialize_local_variables() -> Operation:
    """Return an initializer; deprecated name of `tf.local_variables_initializer`."""
    warn_once("tf.initialize_local_variables is deprecated: use tf.local_variables_initializer")
    return local_variables_initializer()


# -- which are initialized -------------------------------------------------------------------------


def is_variable_initialized(variable: Any) -> Tensor:
    """Tell whether a variable has a value.

    Args:
      variable: the variable.

    Returns:
      A bool scalar.
    """
    return ops.is_variable_initialized(variable)


def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Tensor | None:
    """Return an operation that fails if a variable has no value.

    Args:
      var_list: the variables; by default all global and local ones.

    Returns:
      A tensor to run, or None if there are no variables.

    Raises:
      tf.errors.FailedPreconditionError: while running: a variable has no value.
    """
    variables = _all_if_none(var_list)
    if not variables:
        return None
    ranks = []
    for variable in variables:
        with get_default_graph().colocate_with(variable.op):
            ranks.append(apply(ops.RequireInitialized(), variable._ref()))
    return ranks[0] if len(ranks) == 1 else ops.stack(ranks)


def report_uninitialized_variables(
    var_list: Sequence[Any] | None = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """Return the names of the variables that have no value.

    Args:
      var_list: the variables; by default all global and local ones.
      name: the operation's name.

    Returns:
      A vector of strings, empty if all are initialized.

    >>> import graphflow as tf
    >>> v, w = tf.Variable(1, name="v"), tf.Variable(2, name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     print(sess.run(tf.report_uninitialized_variables()))
    [b'w']
    """
    variables = _all_if_none(var_list)
    with name_scope(name):
        if not variables:
            return ops.constant([], dtype=string)
        missing = ops.logical_not(
            ops.stack([is_variable_initialized(variable) for variable in variables])
        )
        names = ops.constant(np.array([variable.op.name for variable in variables]), dtype=string)
        return ops.boolean_mask(names, missing)


def _all_if_none(var_list: Sequence[Any] | None) -> list[Any]:
    return global_variables() + local_variables() if var_list is None else list(var_list)
