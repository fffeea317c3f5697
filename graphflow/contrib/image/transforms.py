"""Images turned, moved and distorted by projective maps of the plane.

A map is a vector of 8 numbers [a0, a1, a2, b0, b1, b2, c0, c1].  It says where a place (x, y) of
the result comes from: ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1.
"""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value
from graphflow.core.dtypes import as_dtype, float32, int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

_DTYPES = frozenset(
    as_dtype(name) for name in ("uint8", "int32", "int64", "float16", "float32", "float64")
)


def rotate(
    images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Turn images about their centres, counterclockwise.

    Args:
      images: [batch, height, width, channels], [height, width, channels] or [height, width].
      angles: in radians, one for all images or a vector with one for each.
      interpolation: "NEAREST" or "BILINEAR".
      name: the operation's name scope.

    Returns:
      A tensor like `images`, 0 where nothing of them comes to lie.

    Raises:
      TypeError: dtype or number of axes do not fit.

    >>> import graphflow as tf
    >>> quarter = rotate([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 3.14159265 / 2)
    >>> tf.Session().run(quarter)
    array([[3, 6, 9],
           [2, 5, 8],
           [1, 4, 7]], dtype=int32)
    """
    with name_scope(name, "rotate", [images, angles]):
        batch, _ = _as_batch(images)
        sizes = ops.cast(ops.shape(batch), float32)
        maps = angles_to_projective_transforms(angles, sizes[1:2], sizes[2:3])
        return transform(images, maps, interpolation)


def translate(
    images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None
) -> Tensor:
    """Move images to the right and down.

    Args:
      images: as in `rotate`.
      translations: [dx, dy] for all images, or a matrix with a row for each.
      interpolation: "NEAREST" or "BILINEAR".
      name: the operation's name scope.

    Returns:
      A tensor like `images`, 0 where nothing of them comes to lie.

    Raises:
      TypeError: dtype or number of axes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(translate([[1, 2, 3], [4, 5, 6]], [1, -1]))
    array([[0, 4, 5],
           [0, 0, 0]], dtype=int32)
    """
    with name_scope(name, "translate", [images, translations]):
        return transform(images, translations_to_projective_transforms(translations), interpolation)


def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> Tensor:
    """Return the maps that turn images.

    Args:
      angles: in radians, a scalar or vector.
      image_height: height of the images.
      image_width: their width.
      name: the operation's name scope.

    Returns:
      float32 [angles, 8].

    Raises:
      TypeError: `angles` is neither.
    """
    with name_scope(name, "angles_to_projective_transforms", [angles]):
        turns = _with_batch(convert_to_tensor(angles, float32, name="angles"), 0, "angles")
        right: Any = ops.cast(convert_to_tensor(image_width), float32) - 1.0
        down: Any = ops.cast(convert_to_tensor(image_height), float32) - 1.0
        cos: Any = ops.cos(turns)
        sin: Any = ops.sin(turns)
        # The centre stays where it is.
        x_offset = (right - (cos * right - sin * down)) / 2.0
        y_offset = (down - (sin * right + cos * down)) / 2.0
        zeros = ops.zeros_like(turns)
        return ops.stack([cos, -sin, x_offset, sin, cos, y_offset, zeros, zeros], axis=1)


def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Tensor:
    """Return the maps that move images.

    Args:
      translations: [dx, dy], or a matrix of such rows.
      name: the operation's name scope.

    Returns:
      float32 [rows, 8].

    Raises:
      TypeError: `translations` is neither.

    >>> import graphflow as tf
    >>> tf.Session().run(translations_to_projective_transforms([3, -2]))
    array([[ 1.,  0., -3.,  0.,  1.,  2.,  0.,  0.]], dtype=float32)
    """
    with name_scope(name, "translations_to_projective_transforms", [translations]):
        moves = convert_to_tensor(translations, float32, name="translations")
        dx, dy = ops.unstack(_with_batch(moves, 1, "translations"), 2, axis=1)
        zeros, ones = ops.zeros_like(dx), ops.ones_like(dx)
        columns = [ones, zeros, ops.negative(dx), zeros, ones, ops.negative(dy), zeros, zeros]
        return ops.stack(columns, axis=1)


def transform(
    images: Any,
    transforms: Any,
    interpolation: str = "NEAREST",
    output_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """See images through projective maps, as this file describes them.

    Args:
      images: as in `rotate`.
      transforms: a map for all images, or a matrix with one in each row.
      interpolation: "NEAREST" or "BILINEAR".
      output_shape: [height, width] of the result; that of the images by default.
      name: the operation's name scope.

    Returns:
      Images of the same dtype and number of axes, 0 where a map leaves them. Gradients do not
      go to the maps.

    Raises:
      TypeError: dtype or number of axes do not fit.
      ValueError: `output_shape` is no such vector, or `interpolation` is neither.
    """
    with name_scope(name, "transform", [images, transforms, output_shape]):
        batch, undo = _as_batch(images)
        maps = _with_batch(convert_to_tensor(transforms, float32, name="transforms"), 1, "maps")
        if output_shape is None:
            output_shape = ops.shape(batch)[1:3]
            known = get_static_value(output_shape)
            output_shape = output_shape if known is None else known
        sizes = convert_to_tensor(output_shape, int32, name="output_shape")
        if not sizes.shape.is_compatible_with([2]):
            raise ValueError(f"transform: output_shape is [height, width], not {output_shape!r}")
        seen = ops.image_projective_transform(batch, maps, sizes, interpolation.upper())
        result: Tensor = undo(seen)
        return result


def _as_batch(images: Any) -> tuple[Tensor, Any]:
    """Images with four axes, and a function that takes the added ones off again."""
    tensor: Any = convert_to_tensor(images, name="images")
    if tensor.dtype.base_dtype not in _DTYPES:
        raise TypeError(f"images are numbers, not {tensor.dtype.name}: {tensor}")
    rank = tensor.shape.rank
    if rank == 2:
        return tensor[None, :, :, None], lambda batch: batch[0, :, :, 0]
    if rank == 3:
        return tensor[None], lambda batch: batch[0]
    if rank == 4:
        return tensor, lambda batch: batch
    raise TypeError(f"images have 2, 3 or 4 axes, a number that the graph knows: {tensor}")


def _with_batch(tensor: Tensor, rank: int, what: str) -> Any:
    """A tensor of `rank` + 1 axes from one of `rank` or `rank` + 1."""
    if tensor.shape.rank == rank:
        return ops.expand_dims(tensor, 0)
    if tensor.shape.rank == rank + 1:
        return tensor
    raise TypeError(f"{what} have {rank} or {rank + 1} axes, a number that is known: {tensor}")


def compose_transforms(*transforms: Any) -> Tensor:
    """Return the map that is like several, one after the other.

    Args:
      *transforms: maps of one shape: vectors of 8 numbers, or matrices of such rows.

    Returns:
      float32 [rows, 8].

    Raises:
      ValueError: there are none.

    >>> import graphflow as tf
    >>> moves = [translations_to_projective_transforms(by) for by in ([1, 2], [10, 20])]
    >>> tf.Session().run(compose_transforms(*moves))
    array([[  1.,   0., -11.,   0.,   1., -22.,   0.,   0.]], dtype=float32)
    """
    if not transforms:
        raise ValueError("compose_transforms: give at least one map")
    with name_scope(None, "compose_transforms", list(transforms)):
        composed = flat_transforms_to_matrices(transforms[0])
        for following in transforms[1:]:
            composed = ops.matmul(composed, flat_transforms_to_matrices(following))
        return matrices_to_flat_transforms(composed)


def flat_transforms_to_matrices(transforms: Any) -> Tensor:
    """Return maps as matrices of homogeneous coordinates.

    Args:
      transforms: a vector of 8 numbers, or a matrix of such rows.

    Returns:
      [rows, 3, 3], matrices from places of the result to places of the images.

    Raises:
      ValueError: the number of axes does not fit.
    """
    with name_scope(None, "flat_transforms_to_matrices", [transforms]):
        maps = convert_to_tensor(transforms, name="transforms")
        if maps.shape.rank not in (1, 2):
            raise ValueError(f"flat_transforms_to_matrices: 1 or 2 axes are needed: {maps}")
        rows = ops.reshape(maps, [-1, 8])
        ones = ops.ones_like(rows[:, :1])
        return ops.reshape(ops.concat([rows, ones], axis=1), [-1, 3, 3])


def matrices_to_flat_transforms(transform_matrices: Any) -> Tensor:
    """Return matrices of homogeneous coordinates as maps.

    Args:
      transform_matrices: [3, 3] or [rows, 3, 3], from places of the result to places of the images.

    Returns:
      [rows, 8].

    Raises:
      ValueError: the number of axes does not fit.
    """
    with name_scope(None, "matrices_to_flat_transforms", [transform_matrices]):
        matrices = convert_to_tensor(transform_matrices, name="transform_matrices")
        if matrices.shape.rank not in (2, 3):
            raise ValueError(f"matrices_to_flat_transforms: 2 or 3 axes are needed: {matrices}")
        rows: Any = ops.reshape(matrices, [-1, 9])
        scaled: Tensor = (rows / rows[:, 8:9])[:, :8]
        return scaled
