"""`tf.contrib.nn`: activations, and losses with their arguments in the order of TensorFlow 0."""

from __future__ import annotations

from graphflow.contrib.nn import (
    alpha_dropout as alpha_dropout,
    deprecated_flipped_sigmoid_cross_entropy_with_logits as deprecated_flipped_sigmoid_cross_entropy_with_logits,  # noqa: E501
    deprecated_flipped_softmax_cross_entropy_with_logits as deprecated_flipped_softmax_cross_entropy_with_logits,  # noqa: E501
    deprecated_flipped_sparse_softmax_cross_entropy_with_logits as deprecated_flipped_sparse_softmax_cross_entropy_with_logits,  # noqa: E501
    scaled_softplus as scaled_softplus,
)
from graphflow.ops import conv1d_transpose as conv1d_transpose, nth_element as nth_element
