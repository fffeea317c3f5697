"""Images read at any places, between their pixels."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope


def dense_image_warp(image: Any, flow: Any, name: str = "dense_image_warp") -> Tensor:
    """Move each pixel of images by a vector of its own.

    The result at [j, i] is the image at [j - flow[j, i, 0], i - flow[j, i, 1]], between pixels by
    bilinear interpolation, and at the border's pixels outside of the image.

    Args:
      image: floating [batch, height, width, channels], at least two pixels high and wide.
      flow: floating [batch, height, width, 2].
      name: the operation's name scope.

    Returns:
      A tensor like `image`.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 2.0, 3.0, 5.0, 7.0, 9.0], [1, 2, 3, 1])
    >>> flow = tf.tile([[[[0.0, 0.5]]]], [1, 2, 3, 1])
    >>> tf.Session().run(dense_image_warp(image, flow))[0, :, :, 0]
    array([[1. , 1.5, 2.5],
           [5. , 6. , 8. ]], dtype=float32)
    """
    with name_scope(name, values=[image, flow]):
        grid: Any = convert_to_tensor(image, name="image")
        moves: Any = convert_to_tensor(flow, name="flow")
        if not grid.shape.is_compatible_with([None] * 4):
            raise ValueError(f"dense_image_warp: an image has 4 axes: {grid}")
        if not moves.shape.is_compatible_with([None, None, None, 2]):
            raise ValueError(f"dense_image_warp: a flow has 4 axes, the last of 2: {moves}")
        sizes = ops.shape(grid)
        enough = [ops.assert_greater_equal(sizes[1:3], 2, message="the image is one pixel thin")]
        grid = ops.with_dependencies([item for item in enough if item is not None], grid)
        places = []
        for axis in (0, 1):
            steps = ops.cast(ops.range(sizes[axis + 1]), moves.dtype)
            place: Any = (steps[:, None] if axis == 0 else steps) - moves[..., axis]
            places.append(_between(place, sizes[axis + 1], grid.dtype))
        (top, down), (left, right) = places
        upper = _mix(_pixels(grid, top, left), _pixels(grid, top, left + 1), right)
        lower = _mix(_pixels(grid, top + 1, left), _pixels(grid, top + 1, left + 1), right)
        warped: Tensor = _mix(upper, lower, down)
        warped.set_shape(grid.shape)
        return warped


def _between(places: Any, size: Any, dtype: Any) -> tuple[Any, Any]:
    """The pixel before each place, and how far it is beyond; at most at the border."""
    last = ops.cast(size - 2, places.dtype)
    before: Any = ops.minimum(ops.maximum(ops.floor(places), 0), last)
    beyond = ops.clip_by_value(ops.cast(places - before, dtype), 0, 1)
    return ops.cast(before, int32), ops.expand_dims(beyond, -1)


def _mix(one: Any, other: Any, share: Any) -> Any:
    return share * (other - one) + one


def _pixels(grid: Any, rows: Any, columns: Any) -> Any:
    return ops.gather_nd(grid, ops.stack([rows, columns], axis=-1), batch_dims=1)


def resampler(data: Any, warp: Any, name: str = "resampler") -> Tensor:
    """Read images at any places by bilinear interpolation; around them is 0.

    Args:
      data: floating [batch, height, width, channels].
      warp: floating [batch, ..., 2], places (x, y): columns first, then rows.
      name: the operation's name scope.

    Returns:
      [batch, ..., channels]. Gradients go to the data and to the places.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 2.0, 4.0, 8.0], [1, 2, 2, 1])
    >>> places = tf.constant([[[0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [1.5, 1.0], [-1.0, 0.0]]])
    >>> tf.Session().run(resampler(image, places))[0, :, 0]
    array([4.  , 1.5 , 3.75, 4.  , 0.  ], dtype=float32)
    """
    with name_scope(name, values=[data, warp]):
        images: Any = convert_to_tensor(data, name="data")
        places: Any = convert_to_tensor(warp, images.dtype, name="warp")
        if not images.shape.is_compatible_with([None] * 4):
            raise ValueError(f"resampler: data has 4 axes: {images}")
        if places.shape.rank is None or not places.shape[-1:].is_compatible_with([2]):
            raise ValueError(f"resampler: the last axis of warp has 2 numbers: {places}")
        # A border of zeros takes what lies beside the images.
        bordered = ops.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
        sizes = ops.shape(bordered)
        x, x_share = _beside(places[..., 0], sizes[2])
        y, y_share = _beside(places[..., 1], sizes[1])
        upper = _mix(_pixels(bordered, y, x), _pixels(bordered, y, x + 1), x_share)
        lower = _mix(_pixels(bordered, y + 1, x), _pixels(bordered, y + 1, x + 1), x_share)
        result: Tensor = _mix(upper, lower, y_share)
        return result


def _beside(places: Any, size: Any) -> tuple[Any, Any]:
    """The pixel before each place in an image with a border, and how far it is beyond."""
    inside: Any = ops.clip_by_value(places + 1, 0, ops.cast(size - 1, places.dtype))
    before = ops.minimum(ops.floor(inside), ops.cast(size - 2, places.dtype))
    return ops.cast(before, int32), ops.expand_dims(inside - before, -1)
