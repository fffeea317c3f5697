"""What is known of a dataset's elements, and how they become components.

An *element* is a structure of tensors, sparse tensors and datasets.  Its *spec* is a like structure
of `TypeSpec`s.  Ops on datasets know neither: they work on *components*, a flat list of tensors.  A
`Form` says for one class of specs how values become components and back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, variant
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor, SparseTensorValue
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.core.type_spec import SparseTensorSpec, TypeSpec
from graphflow.data import nest

Component = tuple[DType, TensorShape]


class Form(ABC):
    """How the values of a class of specs become components."""

    @abstractmethod
    def component(self, spec: Any) -> Component:
        """Return the dtype and shape of the component."""

    @abstractmethod
    def to_tensor(self, spec: Any, value: Any) -> Tensor:
        """Return the component that stands for a value."""

    @abstractmethod
    def to_rows(self, spec: Any, value: Any) -> Tensor:
        """Return the component of which each row stands for a row of the value."""

    @abstractmethod
    def to_value(self, spec: Any, tensor: Tensor) -> Any:
        """Return the value that a component stands for."""

    @abstractmethod
    def batched(self, spec: Any, size: int | None) -> Any:
        """Return the spec of values with one axis more."""

    @abstractmethod
    def unbatched(self, spec: Any) -> Any:
        """Return the spec of the rows of values."""

    @abstractmethod
    def legacy(self, spec: Any) -> tuple[Any, Any, Any]:
        """Return what `output_types`, `output_shapes` and `output_classes` say of a spec."""


_FORMS: dict[type, Form] = {}


def register_form(spec_class: type, form: Form) -> None:
    """Say how the values of a class of specs become components."""
    _FORMS[spec_class] = form


def form_of(spec: Any) -> Form:
    """Return the form of a spec.

    Raises:
      TypeError: values of this kind cannot be in a dataset.
    """
    form = _FORMS.get(type(spec))
    if form is None:
        raise TypeError(f"{spec!r} cannot be (part of) an element of a dataset")
    return form


class _TensorForm(Form):
    def component(self, spec: TensorSpec) -> Component:
        return spec.dtype, spec.shape

    def to_tensor(self, spec: TensorSpec, value: Any) -> Tensor:
        return convert_to_tensor(value, spec.dtype)

    def to_rows(self, spec: TensorSpec, value: Any) -> Tensor:
        return convert_to_tensor(value, spec.dtype)

    def to_value(self, spec: TensorSpec, tensor: Tensor) -> Tensor:
        tensor.set_shape(spec.shape)
        return tensor

    def batched(self, spec: TensorSpec, size: int | None) -> TensorSpec:
        return TensorSpec(TensorShape([size]).concatenate(spec.shape), spec.dtype)

    def unbatched(self, spec: TensorSpec) -> TensorSpec:
        return TensorSpec(rows_of(spec.shape), spec.dtype)

    def legacy(self, spec: TensorSpec) -> tuple[Any, Any, Any]:
        return spec.dtype, spec.shape, Tensor


class _SparseForm(Form):
    """A sparse tensor is a vector of three variants."""

    def component(self, spec: SparseTensorSpec) -> Component:
        return variant, TensorShape(None)

    def to_tensor(self, spec: SparseTensorSpec, value: Any) -> Tensor:
        return ops.serialize_sparse(SparseTensor.from_value(value), out_type=variant)

    def to_rows(self, spec: SparseTensorSpec, value: Any) -> Tensor:
        return ops.serialize_many_sparse(SparseTensor.from_value(value), out_type=variant)

    def to_value(self, spec: SparseTensorSpec, tensor: Tensor) -> SparseTensor:
        value = ops.deserialize_sparse(tensor, spec.dtype, rank=spec.shape.rank)
        value.set_shape(spec.shape)
        return value

    def batched(self, spec: SparseTensorSpec, size: int | None) -> SparseTensorSpec:
        return SparseTensorSpec(TensorShape([size]).concatenate(spec.shape), spec.dtype)

    def unbatched(self, spec: SparseTensorSpec) -> SparseTensorSpec:
        return SparseTensorSpec(rows_of(spec.shape), spec.dtype)

    def legacy(self, spec: SparseTensorSpec) -> tuple[Any, Any, Any]:
        return spec.dtype, spec.shape, SparseTensor


register_form(TensorSpec, _TensorForm())
register_form(SparseTensorSpec, _SparseForm())


def rows_of(shape: TensorShape) -> TensorShape:
    """Return the shape of the rows of tensors.

    Raises:
      ValueError: scalars have none.
    """
    if shape.rank is None:
        return shape
    if shape.rank == 0:
        raise ValueError("a scalar has no rows: give tensors of rank 1 or more")
    return shape[1:]


# -- values ----------------------------------------------------------------------------------------


def normalized(element: Any) -> Any:
    """Return an element with its values converted to tensors and sparse tensors."""
    values = nest.flatten(element)
    with name_scope(None, "normalize_tensors", None):
        converted = [_converted(value, index) for index, value in enumerate(values)]
    return nest.pack_as_values(element, converted)


def _converted(value: Any, index: int) -> Any:
    if isinstance(value, (SparseTensor, SparseTensorValue)):
        return SparseTensor.from_value(value)
    if spec_attribute(value) is not None:
        return value
    return convert_to_tensor(value, name=f"component_{index}")


def spec_attribute(value: Any) -> TypeSpec | None:
    """Return the spec of a value that knows it itself, such as a dataset."""
    spec = getattr(value, "_type_spec", None)
    return spec if isinstance(spec, TypeSpec) else None


def spec_of(element: Any) -> Any:
    """Return the spec of an element.

    >>> import graphflow as tf
    >>> spec_of((tf.constant([2, 3]), tf.constant("x")))[0]
    TensorSpec(shape=(2,), dtype=tf.int32, name=None)
    """
    return nest.pack_as(element, [_value_spec(value) for value in nest.flatten(element)])


def _value_spec(value: Any) -> Any:
    known = spec_attribute(value)
    if known is not None:
        return known
    if isinstance(value, (SparseTensor, SparseTensorValue)):
        return SparseTensorSpec.from_value(value)
    if isinstance(value, IndexedSlices):
        value = convert_to_tensor(value)
    tensor = value if isinstance(value, Tensor) else convert_to_tensor(value)
    return TensorSpec(tensor.shape, tensor.dtype.base_dtype)


def to_tensors(spec: Any, element: Any) -> list[Tensor]:
    """Return the components of an element."""
    pairs = zip(nest.flatten(spec), nest.flatten(element), strict=True)
    return [form_of(one).to_tensor(one, value) for one, value in pairs]


def to_rows(spec: Any, element: Any) -> list[Tensor]:
    """Return components whose rows stand for the rows of an element's values."""
    pairs = zip(nest.flatten(spec), nest.flatten(element), strict=True)
    return [form_of(one).to_rows(one, value) for one, value in pairs]


def to_element(spec: Any, tensors: Sequence[Tensor]) -> Any:
    """Return the element that components stand for."""
    pairs = zip(nest.flatten(spec), tensors, strict=True)
    return nest.pack_as_values(spec, [form_of(one).to_value(one, tensor) for one, tensor in pairs])


# -- specs -----------------------------------------------------------------------------------------


def component_types(spec: Any) -> tuple[DType, ...]:
    """Return the dtypes of the components."""
    return tuple(form_of(one).component(one)[0] for one in nest.flatten(spec))


def component_shapes(spec: Any) -> tuple[TensorShape, ...]:
    """Return the shapes of the components."""
    return tuple(form_of(one).component(one)[1] for one in nest.flatten(spec))


def batched(spec: Any, size: int | None) -> Any:
    """Return the spec of batches of elements."""
    return _each(spec, lambda one: form_of(one).batched(one, size))


def unbatched(spec: Any) -> Any:
    """Return the spec of the rows of elements."""
    return _each(spec, lambda one: form_of(one).unbatched(one))


def _each(spec: Any, function: Any) -> Any:
    return nest.pack_as(spec, [function(one) for one in nest.flatten(spec)])


def output_types(spec: Any) -> Any:
    """Return the structure of dtypes."""
    return _each(spec, lambda one: form_of(one).legacy(one)[0])


def output_shapes(spec: Any) -> Any:
    """Return the structure of shapes."""
    return _each(spec, lambda one: form_of(one).legacy(one)[1])


def output_classes(spec: Any) -> Any:
    """Return the structure of classes."""
    return _each(spec, lambda one: form_of(one).legacy(one)[2])


def spec_from_legacy(types: Any, shapes: Any = None, classes: Any = None) -> Any:
    """Return a spec made of structures of dtypes, shapes and classes.

    Args:
      types: a structure of dtypes.
      shapes: a like one of shapes, None for unknown ones.
      classes: a like one of `Tensor` and `SparseTensor`, None if all are tensors.

    Raises:
      TypeError: a class is none that elements consist of.
      ValueError: the structures differ.
    """
    flat_types = nest.flatten(types)
    flat_shapes = [None] * len(flat_types) if shapes is None else shapes_up_to(types, shapes)
    flat_classes = [Tensor] * len(flat_types) if classes is None else nest.flatten(classes)
    rows = zip(flat_types, flat_shapes, flat_classes, strict=True)
    return nest.pack_as(types, [_legacy_spec(*row) for row in rows])


def shapes_up_to(types: Any, shapes: Any) -> list[Any]:
    """Return the shapes where a structure has dtypes; they may be tuples and lists themselves."""
    if not nest.is_nested(types):
        return [as_shape(shapes)]
    if isinstance(shapes, TensorShape) or not (nest.is_nested(shapes) or isinstance(shapes, list)):
        raise ValueError(f"shapes must be a structure like {types!r}, not {shapes!r}")
    return [as_shape(shape) for shape in nest.flatten_up_to(types, shapes)]


def _legacy_spec(dtype: Any, shape: Any, kind: Any) -> Any:
    if isinstance(kind, TypeSpec):
        return kind
    if kind is SparseTensor:
        return SparseTensorSpec(shape, dtype)
    if kind is not Tensor:
        raise TypeError(f"{kind!r} is no class of values of a dataset: Tensor or SparseTensor are")
    return TensorSpec(as_shape(shape), as_dtype(dtype).base_dtype)


def is_compatible(spec: Any, other: Any) -> bool:
    """Tell whether elements of one spec can stand where another one is asked for."""
    try:
        nest.assert_same_structure(spec, other)
    except (TypeError, ValueError):
        return False
    pairs = zip(nest.flatten(spec), nest.flatten(other), strict=True)
    return all(one.is_compatible_with(two) for one, two in pairs)


def most_specific(spec: Any, other: Any) -> Any:
    """Return the most precise spec that is true of the elements of either.

    Raises:
      TypeError: structures, types or dtypes differ.
    """
    try:
        nest.assert_same_structure(spec, other)
        pairs = zip(nest.flatten(spec), nest.flatten(other), strict=True)
        return nest.pack_as(spec, [one.most_specific_compatible_type(two) for one, two in pairs])
    except ValueError as error:
        raise TypeError(f"the elements have nothing in common: {error}") from error


def TensorStructure(dtype: Any, shape: Any) -> TensorSpec:
    """Return the spec of a tensor component.

    Args:
      dtype: its dtype.
      shape: its shape.
    """
    return TensorSpec(shape, dtype)


def SparseTensorStructure(dtype: Any, shape: Any) -> SparseTensorSpec:
    """Return the spec of a component that is a sparse tensor.

    Args:
      dtype: the dtype of its values.
      shape: its dense shape.
    """
    return SparseTensorSpec(shape, dtype)
