"""What the image functions ask of their images: three or four axes, static sizes where known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float16, float32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorShape

Size = Any  # an int where a size is known, else an int32 scalar tensor


def check_rank(image: Tensor) -> None:
    """Raise ValueError if an image has neither 3 nor 4 axes; nothing is asked of unknown ranks."""
    if image.shape.rank not in (None, 3, 4):
        raise ValueError(
            f"image is [height, width, channels] or a batch of them, not of shape {image.shape}"
        )


def checked_image(value: Any, check: bool = True) -> Tensor:
    """Convert to a tensor of at least three axes, the last three not empty.

    What the static shape leaves open is checked in the run.

    Args:
      value: an image or batch of images.
      check: whether to check in the run.

    Returns:
      The image.
    """
    image = convert_to_tensor(value, name="image")
    dims = image.shape.as_tuple()
    if dims is not None and len(dims) < 3:
        raise ValueError(f"image must have at least three axes, its shape is {image.shape}")
    if dims is not None and 0 in dims[-3:]:
        raise ValueError(f"height, width and channels must not be 0: image has shape {image.shape}")
    if not check or (dims is not None and None not in dims[-3:]):
        return image
    sizes = ops.shape(image)
    message = "image must have at least three axes, the last three not empty; its shape is"
    three = ops.greater_equal(ops.rank(image), 3)
    fits = ops.logical_and(three, ops.reduce_all(ops.greater(sizes[-3:], 0)))
    checks = [ops.assert_(fits, [message, sizes])]  # noqa: PT009
    return ops.with_dependencies(checks, image)  # type: ignore[no-any-return]


def as_batch(image: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Make an image a batch of one, unless it is a batch.

    Args:
      image: of 3 or 4 axes; one of unknown rank is taken for one image.

    Returns:
      The batch, and a function that takes from a batch what the image was in it.
    """
    check_rank(image)
    if image.shape.rank == 4:
        return image, lambda batch: batch
    batch = ops.expand_dims(image, 0)
    if image.shape.rank is None:
        batch.set_shape([None] * 4)
    return batch, lambda batch: ops.squeeze(batch, [0])


def sizes_of(image: Tensor) -> list[Size]:
    """The sizes of an image of known rank: ints where they are known, else tensors."""
    known = image.shape.as_list()
    if None not in known:
        return list(known)
    dynamic = ops.unstack(ops.shape(image), len(known))
    return [tensor if size is None else size for size, tensor in zip(known, dynamic, strict=True)]


def static(sizes: Sequence[Size]) -> TensorShape:
    """The shape of which these sizes are known."""
    return TensorShape([None if isinstance(size, Tensor) else size for size in sizes])


def require(condition: Any, message: str) -> list[Operation]:
    """Raise ValueError if a condition does not hold; return a check for one known in the run."""
    if isinstance(condition, Tensor):
        return [ops.assert_(condition, [message])]  # noqa: PT009
    if not condition:
        raise ValueError(message)
    return []


def as_floats(image: Any) -> Tensor:
    """An image in the dtype in which the adjustments compute: float16 or float32."""
    if image.dtype.base_dtype in (float16, float32):
        return image  # type: ignore[no-any-return]
    return ops.convert_image_dtype(image, float32)
