"""Images as sequences of columns, and back."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.layers.utils import collect_named_outputs
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope


@add_arg_scope
def images_to_sequence(
    inputs: Any,
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Turn each row of images into a sequence along its columns.

    Args:
      inputs: [batch, height, width, channels], or NCHW.
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections for the output.
      scope: name scope of the operations, "ImagesToSequence" by default.

    Returns:
      [width, batch * height, channels].

    Raises:
      ValueError: there is no such format.

    >>> import graphflow as tf
    >>> tf.contrib.layers.images_to_sequence(tf.zeros([2, 7, 11, 5])).shape.as_list()
    [11, 14, 5]
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    with name_scope(scope, "ImagesToSequence", [inputs]) as opened:
        images = convert_to_tensor(inputs)
        if data_format == "NCHW":
            images = ops.transpose(images, [0, 2, 3, 1])
        batch, height, width, channels = images.shape.with_rank(4).as_list()
        found = ops.shape(images)
        sizes = [
            found[i] if size is None else size for i, size in enumerate(images.shape.as_list())
        ]
        rows = ops.reshape(images, [sizes[0] * sizes[1], sizes[2], sizes[3]])
        outputs = ops.transpose(rows, [1, 0, 2])
        count = None if batch is None or height is None else batch * height
        outputs.set_shape([width, count, channels])
        return collect_named_outputs(outputs_collections, opened, outputs)  # type: ignore[no-any-return]


@add_arg_scope
def sequence_to_images(
    inputs: Any,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Tensor:
    """Turn sequences along columns back into images, as `images_to_sequence` made them.

    Args:
      inputs: [width, batch * height, channels].
      height: the height of the images.
      output_data_format: "channels_last" or "channels_first".
      outputs_collections: collections for the output.
      scope: name scope of the operations, "SequenceToImages" by default.

    Returns:
      [batch, height, width, channels], or with channels first.
    """
    with name_scope(scope, "SequenceToImages", [inputs]) as opened:
        sequence = convert_to_tensor(inputs)
        width, count, channels = sequence.shape.with_rank(3).as_list()
        found = ops.shape(sequence)
        batch = None if count is None else count // height
        sizes = [
            found[0] if width is None else width,
            -1 if batch is None else batch,
            height,
            found[2] if channels is None else channels,
        ]
        order = [1, 3, 2, 0] if output_data_format == "channels_first" else [1, 2, 0, 3]
        outputs = ops.transpose(ops.reshape(sequence, sizes), order)
        known = [width, batch, height, channels]
        outputs.set_shape([known[axis] for axis in order])
        return collect_named_outputs(outputs_collections, opened, outputs)  # type: ignore[no-any-return]
