"""Batches of `tf.contrib.data`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.spec import TensorSpec
from graphflow.data import nest, structure
from graphflow.data.dataset import Dataset

Transformation = Callable[[Dataset], Dataset]


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """Batch a dataset without a last batch that is smaller.

    Args:
      batch_size: int64 scalar, how many elements are in a batch.

    Returns:
      A function for `Dataset.apply`.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.range(7).apply(tf.contrib.data.batch_and_drop_remainder(3))
    >>> dataset.output_shapes
    TensorShape([Dimension(3)])
    """
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
    """Batch a dataset of elements that are filled up, without a last batch that is smaller.

    Args:
      batch_size: int64 scalar, how many elements are in a batch.
      padded_shapes: the shapes to fill up to, as for `Dataset.padded_batch`.
      padding_values: the values to fill with.

    Returns:
      A function for `Dataset.apply`.
    """
    return lambda dataset: dataset.padded_batch(
        batch_size, padded_shapes, padding_values, drop_remainder=True
    )


def assert_element_shape(expected_shapes: Any) -> Transformation:
    """State the shapes of a dataset's elements.

    Args:
      expected_shapes: a structure of shapes like that of an element.

    Returns:
      A function for `Dataset.apply`. A run that finds an element of another shape raises
      InvalidArgumentError.

    Raises:
      ValueError: (when applied) the shapes contradict what is known.

    >>> import graphflow as tf
    >>> dataset = tf.data.Dataset.from_tensor_slices(tf.placeholder(tf.int32, [4, None]))
    >>> dataset.apply(tf.contrib.data.assert_element_shape([3])).output_shapes
    TensorShape([Dimension(3)])
    """

    def transform(dataset: Dataset) -> Dataset:
        types = structure.output_types(dataset._spec)
        shapes = structure.shapes_up_to(types, expected_shapes)
        specs = []
        for spec, shape in zip(nest.flatten(dataset._spec), shapes, strict=True):
            if not isinstance(spec, TensorSpec):
                raise TypeError(f"assert_element_shape takes tensors, not {spec!r}")
            specs.append(TensorSpec(spec.shape.merge_with(shape), spec.dtype))
        stated = nest.pack_as(dataset._spec, specs)

        def checked(*parts: Any) -> Any:
            element = parts if type(stated) is tuple else parts[0]
            pairs = zip(nest.flatten(element), specs, strict=True)
            return nest.pack_as(stated, [_checked(tensor, spec) for tensor, spec in pairs])

        return dataset.map(checked)

    return transform


def _checked(tensor: Any, spec: TensorSpec) -> Any:
    """A tensor that has a shape, or a run fails."""
    sizes = spec.shape.as_tuple()
    if sizes is None:
        return tensor
    return ops.ensure_shape(tensor, spec.shape)
