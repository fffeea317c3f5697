"""`tf.data.experimental.Optional`: an element, or none."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import variant
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape
from graphflow.core.type_spec import TypeSpec
from graphflow.data import nest, structure
from graphflow.data.arguments import typed
from graphflow.data.iterators import Iterator


class Optional:
    """An element, or none.

    Args:
      variant_tensor: variant scalar, the value of the optional.
      value_structure: the structure of specs of the element.

    >>> import graphflow as tf
    >>> present = tf.data.experimental.Optional.from_value((tf.constant(3), tf.constant("x")))
    >>> absent = tf.data.experimental.Optional.none_from_structure(present.value_structure)
    >>> tf.Session().run([present.has_value(), absent.has_value(), present.get_value()[1]])
    [np.True_, np.False_, b'x']
    """

    def __init__(self, variant_tensor: Tensor, value_structure: Any) -> None:
        self._variant_tensor = variant_tensor
        self._value_structure = value_structure

    @staticmethod
    def from_value(value: Any) -> Optional:
        """Return an optional that holds an element.

        Args:
          value: a structure of tensors.
        """
        element = structure.normalized(value)
        spec = structure.spec_of(element)
        tensor = apply(ops.OptionalFromValue(), structure.to_tensors(spec, element))
        return Optional(tensor, spec)

    @staticmethod
    def none_from_structure(value_structure: Any) -> Optional:
        """Return an optional that holds none.

        Args:
          value_structure: the structure of specs of the element that it could hold.
        """
        return Optional(apply(ops.OptionalNone()), value_structure)

    def has_value(self, name: str | None = None) -> Tensor:
        """Return a bool scalar: whether there is an element.

        Args:
          name: the operation's name.
        """
        return apply(ops.OptionalHasValue(), self._variant_tensor, name=name)

    def get_value(self, name: str | None = None) -> Any:
        """Return the element.

        Args:
          name: the operation's name.

        Returns:
          A structure of tensors.

        Raises:
          InvalidArgumentError: (in a run) there is none.
        """
        op = typed(ops.OptionalGetValue, self._value_structure)
        tensors = apply_multi(op, self._variant_tensor, name=name)
        return structure.to_element(self._value_structure, tensors)

    @property
    def value_structure(self) -> Any:
        """The structure of specs of the element."""
        return self._value_structure

    @property
    def _type_spec(self) -> OptionalStructure:
        return OptionalStructure(self._value_structure)


def get_next_as_optional(iterator: Iterator) -> Optional:
    """Return the next element of an iterator; at the end, none instead of an error.

    Args:
      iterator: an `Iterator`.

    Returns:
      An `Optional`.

    >>> import graphflow as tf
    >>> iterator = tf.data.make_one_shot_iterator(tf.data.Dataset.range(1))
    >>> has_value = tf.data.experimental.get_next_as_optional(iterator).has_value()
    >>> with tf.Session() as sess:
    ...     print(sess.run(has_value), sess.run(has_value))
    True False
    """
    spec = iterator.element_spec
    op = typed(ops.IteratorGetNextAsOptional, spec)
    return Optional(apply(op, iterator._iterator_resource), spec)


class OptionalStructure(TypeSpec):
    """What is known of the element of an `Optional`.

    Args:
      value_structure: the structure of specs of the element.
    """

    def __init__(self, value_structure: Any) -> None:
        self._value_structure = value_structure

    @property
    def value_type(self) -> type:
        """`Optional`."""
        return Optional

    @classmethod
    def from_value(cls, value: Optional) -> OptionalStructure:
        """Return the spec of an optional.

        Args:
          value: an `Optional`.
        """
        return cls(value.value_structure)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Tell whether an optional can stand where this spec is asked for.

        Args:
          spec_or_value: a spec, or a value.
        """
        other = (
            spec_or_value if isinstance(spec_or_value, TypeSpec) else self._spec_of(spec_or_value)
        )
        return isinstance(other, OptionalStructure) and structure.is_compatible(
            self._value_structure, other._value_structure
        )

    def _parts(self) -> tuple[Any, ...]:
        return (self._value_structure,)

    def _spec_of(self, value: Any) -> TypeSpec | None:
        return value._type_spec if isinstance(value, Optional) else None

    def _key(self) -> tuple[Any, ...]:
        return tuple(nest.flatten(self._value_structure)), repr(self._value_structure)


class _OptionalForm(structure.Form):
    """An optional within an element is a scalar variant."""

    def component(self, spec: OptionalStructure) -> structure.Component:
        return variant, TensorShape([])

    def to_tensor(self, spec: OptionalStructure, value: Optional) -> Tensor:
        return value._variant_tensor

    def to_rows(self, spec: OptionalStructure, value: Optional) -> Tensor:
        raise TypeError("optionals have no rows")

    def to_value(self, spec: OptionalStructure, tensor: Tensor) -> Optional:
        return Optional(tensor, spec._value_structure)

    def batched(self, spec: OptionalStructure, size: int | None) -> Any:
        raise TypeError("optionals cannot be batched")

    def unbatched(self, spec: OptionalStructure) -> Any:
        raise TypeError("optionals have no rows")

    def legacy(self, spec: OptionalStructure) -> tuple[Any, Any, Any]:
        return spec, spec, spec


structure.register_form(OptionalStructure, _OptionalForm())
