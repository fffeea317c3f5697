"""Objects that hold variables and other such objects: `tf.Module`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from graphflow.core.scopes import name_scope
from graphflow.variables.base import Variable

_Value = TypeVar("_Value")
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

    # Attributes that are not searched; classes below may add to them.
    _TF_MODULE_IGNORED_PROPERTIES: frozenset[str] = frozenset()

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
        return tuple(self._flatten(predicate=_is_variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those of `variables` that optimizers change."""
        return tuple(self._flatten(predicate=_is_trainable))

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules in attributes, and those within them."""
        return tuple(self._flatten(predicate=_is_module))

    def _no_dependency(self, value: _Value) -> _Value:
        """Return a value as it is: there are no checkpoints of objects to keep it out of."""
        return value

    def _flatten(
        self,
        recursive: bool = True,
        predicate: Callable[[Any], bool] | None = None,
        attribute_traversal_key: Callable[[str], Any] | None = None,
        with_path: bool = False,
    ) -> Iterator[Any]:
        """Yield what attributes hold, also within lists, tuples and dictionaries.

        Args:
          recursive: whether to go into submodules too.
          predicate: which of the values to yield, by default all.
          attribute_traversal_key: a key to sort the names of attributes by, as in `sorted`.
          with_path: whether to yield pairs of the path to a value, a tuple of names, indices and
            keys, and the value. With paths a value comes once for each path, else once in all.
        """
        walk = _Walk(recursive, predicate, attribute_traversal_key)
        if with_path:
            yield from walk.paths(self)
        else:
            yield from walk.values(self)

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


def _is_variable(value: Any) -> bool:
    return isinstance(value, Variable)


def _is_trainable(value: Any) -> bool:
    return isinstance(value, Variable) and value.trainable


def _is_module(value: Any) -> bool:
    return isinstance(value, Module)


@dataclass(frozen=True)
class _Walk:
    """How to walk what a module holds: first its own attributes, then each submodule's."""

    recursive: bool
    predicate: Callable[[Any], bool] | None
    attribute_key: Callable[[str], Any] | None

    def values(self, module: Module) -> Iterator[Any]:
        """Yield each value once."""
        seen = {id(module)}
        pending = [module]
        while pending:
            submodules: list[Module] = []
            for _, leaf in self._attributes(pending.pop(0)):
                if id(leaf) in seen:
                    continue
                seen.add(id(leaf))
                if self._is_wanted(leaf):
                    yield leaf
                if isinstance(leaf, Module):
                    submodules.append(leaf)
            pending = submodules + pending if self.recursive else []

    def paths(
        self, module: Module, path: tuple[Any, ...] = (), above: tuple[Module, ...] = ()
    ) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Yield each path with its value; those that come back to a module above end there."""
        above = (*above, module)
        submodules: list[tuple[tuple[Any, ...], Module]] = []
        for leaf_path, leaf in self._attributes(module):
            if self._is_wanted(leaf):
                yield path + leaf_path, leaf
            if isinstance(leaf, Module) and not any(leaf is other for other in above):
                submodules.append((path + leaf_path, leaf))
        for submodule_path, submodule in submodules if self.recursive else ():
            yield from self.paths(submodule, submodule_path, above)

    def _is_wanted(self, leaf: Any) -> bool:
        return self.predicate is None or self.predicate(leaf)

    def _attributes(self, module: Module) -> Iterator[tuple[tuple[Any, ...], Any]]:
        attributes = vars(module)
        ignored = module._TF_MODULE_IGNORED_PROPERTIES
        for name in sorted(attributes, key=self.attribute_key):
            if name not in ignored:
                yield from _leaves((name,), attributes[name])


def _leaves(path: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield what lists, tuples and dictionaries contain, with the path to each."""
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, Mapping):
        items = ((key, value[key]) for key in sorted(value, key=str))
    elif isinstance(value, (list, tuple)):
        items = zip(getattr(value, "_fields", range(len(value))), value, strict=True)
    else:
        yield path, value
        return
    for key, item in items:
        yield from _leaves((*path, key), item)
