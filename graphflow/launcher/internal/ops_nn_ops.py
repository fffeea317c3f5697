"""`tensorflow.python.ops.nn_ops`."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.spec import as_shape


class Convolution:
    """`tf.nn.convolution` with all but its inputs decided.

    Args:
      input_shape: what is known of the shape of inputs.
      filter_shape: what is known of the shape of filters.
      padding: "SAME" or "VALID".
      strides: a number for each spatial axis, by default 1.
      dilation_rate: a number for each spatial axis, by default 1.
      name: the name of the operations.
      data_format: such as "NHWC".

    >>> import graphflow as tf
    >>> convolve = Convolution([2, 8, 8, 3], [3, 3, 3, 5], "SAME", strides=[2, 2])
    >>> convolve(tf.ones([2, 8, 8, 3]), tf.ones([3, 3, 3, 5])).shape.as_list()
    [2, 4, 4, 5]
    """

    def __init__(
        self,
        input_shape: Any,
        filter_shape: Any,
        padding: str,
        strides: Any = None,
        dilation_rate: Any = None,
        name: str | None = None,
        data_format: str | None = None,
    ) -> None:
        self.input_shape = as_shape(input_shape)
        self.filter_shape = as_shape(filter_shape)
        self.padding = padding
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.name = name
        self.data_format = data_format

    def __call__(self, inp: Any, filter: Any) -> Tensor:
        """Convolve.

        Args:
          inp: the input, of a shape compatible with `input_shape`.
          filter: the filter, of a shape compatible with `filter_shape`.

        Raises:
          ValueError: a shape is another.
        """
        inp, filter = convert_to_tensor(inp), convert_to_tensor(filter)
        inp.shape.assert_is_compatible_with(self.input_shape)
        filter.shape.assert_is_compatible_with(self.filter_shape)
        return ops.convolution(
            inp,
            filter,
            self.padding,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            name=self.name,
            data_format=self.data_format,
        )
