"""Templates: functions that share their variables between calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from graphflow.core.graph import get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.variables.scope import VariableScope, variable_scope


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """Return a function whose calls share the variables that the first one made.

    Args:
      name_: the name of its variable scope, made unique.
      func_: the function; it makes its variables by `tf.get_variable`.
      create_scope_now_: whether the scope is opened now rather than at the first call.
      unique_name_: a name for the scope that is not made unique.
      custom_getter_: see `tf.variable_scope`.
      **kwargs: arguments that each call gives to the function.

    Returns:
      A function of the other arguments.

    Raises:
      ValueError: `func_` is no function.

    >>> import graphflow as tf
    >>> def scale(x):
    ...     return x * tf.get_variable("factor", [], initializer=tf.constant_initializer(3.0))
    >>> twice = tf.make_template("scale", scale)
    >>> a, b = twice(1.0), twice(2.0)
    >>> [v.name for v in tf.global_variables()]
    ['scale/factor:0']
    """
    if not callable(func_):
        raise ValueError(f"a template is made of a function, not {func_!r}")
    function = functools.partial(func_, **kwargs) if kwargs else func_
    return Template(name_, function, create_scope_now_, unique_name_, custom_getter_)


class Template:
    """A function together with the variable scope that its calls share.

    Args:
      name: the name of the scope.
      function: the function.
      create_scope_now: whether the scope is opened now rather than at the first call.
      unique_name: a name for the scope that is not made unique.
      custom_getter: see `tf.variable_scope`.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        create_scope_now: bool = False,
        unique_name: str | None = None,
        custom_getter: Any = None,
    ) -> None:
        if not name:
            raise ValueError("a template needs a name")
        self._name = name
        self._function = function
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._made_variables = False
        self._scope: VariableScope | None = None
        if create_scope_now:
            with self._first_scope() as scope:
                self._scope = scope

    def _first_scope(self) -> variable_scope:
        getter = self._custom_getter
        if self._unique_name is not None:
            return variable_scope(self._unique_name, custom_getter=getter)
        return variable_scope(None, default_name=self._name, custom_getter=getter)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function in its scope: the first call makes variables, later ones share them."""
        if self._scope is None:
            with self._first_scope() as scope:
                self._scope = scope
                return self._call(args, kwargs)
        with variable_scope(self._scope, reuse=self._made_variables):
            return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        graph = get_default_graph()
        before = len(graph.get_collection(GraphKeys.GLOBAL_VARIABLES))
        trainable_before = len(graph.get_collection(GraphKeys.TRAINABLE_VARIABLES))
        result = self._function(*args, **kwargs)
        if self._made_variables:
            self._check_no_new(trainable_before)
        else:
            self._made_variables = len(graph.get_collection(GraphKeys.GLOBAL_VARIABLES)) > before
        return result

    def _check_no_new(self, before: int) -> None:
        trainable = get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
        if len(trainable) > before:
            names = [variable.name for variable in trainable[before:]]
            raise ValueError(
                f"the template {self._name!r} made new trainable variables in a later call: "
                f"{names}; it must make them with tf.get_variable, at its first call"
            )

    @property
    def name(self) -> str:
        """The name that was asked for."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function."""
        return self._function

    @property
    def variable_scope(self) -> VariableScope | None:
        """The scope, None before the first call."""
        return self._scope

    @property
    def variable_scope_name(self) -> str | None:
        """The name of the scope, None before the first call."""
        if self._scope is None:
            return None
        return self._scope.name

    @property
    def variables(self) -> list[Any]:
        """The variables of the scope: global and local ones."""
        return self.global_variables + self.local_variables

    @property
    def trainable_variables(self) -> list[Any]:
        """The trainable variables of the scope."""
        return self._in_scope(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def global_variables(self) -> list[Any]:
        """The global variables of the scope."""
        return self._in_scope(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        """The local variables of the scope."""
        return self._in_scope(GraphKeys.LOCAL_VARIABLES)

    def _in_scope(self, key: str) -> list[Any]:
        return [] if self._scope is None else self._scope.get_collection(key)
