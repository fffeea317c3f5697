"""Objects that hold variables and other such objects: `tf.Module`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, TypeVar

from graphflow.core.scopes import name_scope
from graphflow.variables.base import Variable

_Method = TypeVar("_Method", bound=Callable[..., Any])


class Module:
    """Base of objects whose attributes hold variables and other modules.

    Variables and modules are found in attributes, also within lists, tuples and dictionaries, in
    the order of the attributes' names; those of a module come before those of its submodules.

    Args:
      name: a Python identifier; by default the class's name in lower case, as `my_layer`.

    Raises:
      ValueError: the name is no identifier.

    >>> import graphflow as tf
    >>> class Affine(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         with self.name_scope:
    ...             self.weights = [tf.Variable(2.0, name="w"), tf.Variable(1.0, name="b")]
    >>> affine = Affine()
    >>> [variable.name for variable in affine.variables]
    ['affine/w:0', 'affine/b:0']
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = snake_case(type(self).__name__)
        elif not str(name).isidentifier():
            raise ValueError(f"a module's name must be a Python identifier, not {name!r}")
        self._name = name
        with name_scope(name) as scope:
            self._scope = scope

    @property
    def name(self) -> str:
        """The name given to the constructor, without the scope it was called in."""
        return self._name

    @property
    def name_scope(self) -> name_scope:
        """A context manager that enters the module's name scope, the same each time."""
        return name_scope(self._scope)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of the module and of its submodules."""
        return tuple(_members(self, lambda member: isinstance(member, Variable)))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those of `variables` that optimizers change."""
        return tuple(variable for variable in self.variables if variable.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules in attributes, and those within them."""
        return tuple(_members(self, lambda member: isinstance(member, Module)))

    @classmethod
    def with_name_scope(cls, method: _Method) -> _Method:
        """Decorate a method so that it runs in the module's name scope.

        Args:
          method: a method of a module.

        Returns:
          The method, which enters `name_scope` first.

        >>> import graphflow as tf
        >>> class Doubling(tf.Module):
        ...     @tf.Module.with_name_scope
        ...     def __call__(self, x):
        ...         return tf.multiply(x, 2.0, name="twice")
        >>> Doubling()(3.0).name
        'doubling/twice:0'
        """

        @wraps(method)
        def in_scope(self: Module, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return in_scope  # type: ignore[return-value]


def snake_case(name: str) -> str:
    """Turn the name of a class into that of an object.

    Args:
      name: a name such as `HTTPLayer2D`.

    >>> snake_case("MyLayer"), snake_case("HTTPLayer2D")
    ('my_layer', 'http_layer2_d')
    """
    words = re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name)
    return words.lower()


def _members(module: Module, is_wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield what a module holds, each object once, first the module's own attributes."""
    seen = {id(module)}
    pending = [module]
    while pending:
        found: list[Module] = []
        attributes = vars(pending.pop(0))
        for leaf in (leaf for key in sorted(attributes) for leaf in _leaves(attributes[key])):
            if id(leaf) in seen or not isinstance(leaf, (Module, Variable)):
                continue
            seen.add(id(leaf))
            if is_wanted(leaf):
                yield leaf
            if isinstance(leaf, Module):
                found.append(leaf)
        pending = found + pending


def _leaves(value: Any) -> Iterator[Any]:
    """Yield what lists, tuples and dictionaries contain."""
    if isinstance(value, Mapping):
        value = [value[key] for key in sorted(value, key=str)]
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
