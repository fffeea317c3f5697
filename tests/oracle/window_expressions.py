"""Expressions of functions that slide windows over sequences, images and volumes."""

from __future__ import annotations


def _waves(*shape: int) -> str:
    """A tensor of asymmetric numbers."""
    return f"tf.reshape(tf.cos(tf.range(1.0 * np.prod({shape}))), {shape})"


SEQUENCE, IMAGE, VOLUME = _waves(2, 9, 3), _waves(2, 6, 5, 3), _waves(1, 4, 5, 3, 2)
FED_IMAGE = "fed(np.cos(np.arange(180.0)).reshape(2, 6, 5, 3))"
TAPS_1, TAPS_2, TAPS_3 = _waves(3, 3, 2), _waves(3, 2, 3, 4), _waves(2, 3, 2, 2, 3)
OWN_TAPS, POINTS = _waves(3, 2, 3, 2), _waves(1, 1, 6, 4)

CONVOLUTIONS = [
    f"tf.nn.conv1d({SEQUENCE}, {TAPS_1}, 2, 'SAME')",
    f"tf.nn.conv1d({SEQUENCE}, {TAPS_1}, [2], 'VALID', data_format='NWC')",
    f"tf.nn.conv1d(input={SEQUENCE}, filters={TAPS_1}, stride=1, padding='SAME', dilations=2)",
    f"tf.nn.conv1d({SEQUENCE}, {TAPS_1}, 1, 'VALID', input={SEQUENCE})",
    f"tf.nn.conv1d({SEQUENCE}, {TAPS_1}, 1, 'SAME', data_format='NHCW')",
    f"tf.nn.conv1d_transpose({SEQUENCE}, {_waves(3, 2, 3)}, [2, 18, 2], 2)",
    f"tf.nn.conv1d_transpose({SEQUENCE}, {_waves(3, 2, 3)}, [2, 11, 2], 1, 'VALID')",
    f"tf.nn.conv1d_transpose({SEQUENCE}, {_waves(3, 2, 3)}, fed([2, 18, 2]), [2], 'SAME')",
    f"tf.nn.conv2d({IMAGE}, {TAPS_2}, [1, 2, 1, 1], 'SAME')",
    f"tf.nn.conv2d({IMAGE}, {TAPS_2}, [2, 1], [[0, 0], [1, 2], [0, 1], [0, 0]])",
    f"tf.nn.conv2d({IMAGE}, filters={TAPS_2}, strides=2, padding='VALID', dilations=[1, 2, 1, 1])",
    f"tf.nn.conv2d({IMAGE}, {TAPS_2}, [1, 2, 1], 'SAME')",
    f"tf.nn.conv2d({IMAGE}, {TAPS_2}, 1, 'OTHER')",
    f"tf.nn.conv2d({IMAGE}, {_waves(3, 2, 2, 4)}, 1, 'SAME')",
    f"tf.nn.conv2d_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, [2, 12, 5, 4], [1, 2, 1, 1])",
    f"tf.nn.conv2d_transpose(value={IMAGE}, filter={_waves(3, 2, 4, 3)},"
    " output_shape=fed([2, 8, 6, 4]), strides=[1, 1, 1, 1], padding='VALID')",
    f"tf.nn.conv3d({VOLUME}, {TAPS_3}, [1, 1, 2, 1, 1], 'SAME')",
    f"tf.nn.conv3d({VOLUME}, filters={TAPS_3}, strides=[1, 2, 1, 1, 1], padding='VALID')",
    f"tf.nn.conv3d_transpose({VOLUME}, {_waves(2, 3, 2, 3, 2)}, [1, 8, 5, 6, 3], [1, 2, 1, 2, 1])",
    f"tf.nn.conv3d_backprop_filter({VOLUME}, [2, 3, 2, 2, 3], {_waves(1, 3, 3, 2, 3)},"
    " [1, 1, 1, 1, 1], 'VALID')",
    f"tf.nn.conv_transpose({SEQUENCE}, {_waves(3, 2, 3)}, [2, 18, 2], 2)",
    f"tf.nn.conv_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, [2, 12, 10, 4], [2, 2])",
    f"tf.nn.conv_transpose({VOLUME}, {_waves(2, 3, 2, 3, 2)}, [1, 8, 5, 6, 3], [2, 1, 2])",
    f"tf.nn.conv_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, 7, 2)",
    f"tf.nn.convolution({SEQUENCE}, {TAPS_1}, 'VALID', strides=[2])",
    f"tf.nn.convolution({SEQUENCE}, {TAPS_1}, 'SAME', dilation_rate=[3])",
    f"tf.nn.convolution({IMAGE}, {TAPS_2}, 'SAME', strides=[2, 1])",
    f"tf.nn.convolution({IMAGE}, {TAPS_2}, 'VALID', dilation_rate=[2, 1])",
    f"tf.nn.convolution({IMAGE}, {TAPS_2}, 'SAME', dilations=[2, 3])",
    f"tf.nn.convolution({FED_IMAGE}, {TAPS_2}, 'SAME', dilation_rate=[2, 2])",
    f"tf.nn.convolution({IMAGE}, {TAPS_2}, 'SAME', strides=[2, 1], dilation_rate=[1, 2])",
    f"tf.nn.convolution({VOLUME}, {TAPS_3}, 'SAME', dilation_rate=[2, 1, 1])",
    f"tf.nn.atrous_conv2d({IMAGE}, {TAPS_2}, 2, 'SAME')",
    f"tf.nn.atrous_conv2d({IMAGE}, {TAPS_2}, rate=2, padding='VALID')",
    f"tf.nn.atrous_conv2d({IMAGE}, {TAPS_2}, 0, 'VALID')",
    f"tf.nn.atrous_conv2d_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, [2, 6, 5, 4], 2, 'SAME')",
    f"tf.nn.atrous_conv2d_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, [2, 10, 7, 4], 2, 'VALID')",
    f"tf.nn.atrous_conv2d_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, fed([2, 6, 5, 4]), 3, 'SAME')",
    f"tf.nn.atrous_conv2d_transpose({IMAGE}, {_waves(3, 2, 4, 3)}, [2, 6, 5, 4], 2, 'FULL')",
    f"tf.nn.depthwise_conv2d({IMAGE}, {OWN_TAPS}, [1, 2, 2, 1], 'SAME')",
    f"tf.nn.depthwise_conv2d({IMAGE}, {OWN_TAPS}, [1, 1, 1, 1], 'SAME', rate=[2, 2])",
    f"tf.nn.depthwise_conv2d({IMAGE}, {OWN_TAPS}, [1, 1, 1, 1], 'VALID', dilations=[2, 1])",
    f"tf.nn.depthwise_conv2d({IMAGE}, {_waves(3, 2, 2, 2)}, [1, 1, 1, 1], 'SAME')",
    f"tf.nn.separable_conv2d({IMAGE}, {OWN_TAPS}, {POINTS}, [1, 2, 2, 1], 'SAME')",
    f"tf.nn.separable_conv2d({IMAGE}, {OWN_TAPS}, {POINTS}, [1, 1, 1, 1], 'VALID', [2, 1])",
    f"tf.nn.separable_conv2d({IMAGE}, {OWN_TAPS}, {_waves(1, 1, 5, 4)}, [1, 1, 1, 1], 'VALID')",
    f"tf.nn.separable_conv2d({IMAGE}, {OWN_TAPS}, {_waves(1, 2, 6, 4)}, [1, 1, 1, 1], 'VALID')",
]

_SQUARES = "lambda x, rank, padding: tf.nn.avg_pool(x * x, [1, 2, 2, 1], [1, 1, 1, 1], padding)"
BLOCKS = [
    f"tf.nn.with_space_to_batch({IMAGE}, [2, 1], 'VALID', {_SQUARES})",
    f"tf.nn.with_space_to_batch({FED_IMAGE}, [2, 3], 'VALID', {_SQUARES})",
    f"tf.nn.with_space_to_batch({IMAGE}, [1, 1], 'SAME', {_SQUARES})",
    f"tf.nn.with_space_to_batch({IMAGE}, [2, 2], 'SAME', {_SQUARES}, [2, 2])",
    f"tf.nn.with_space_to_batch({IMAGE}, [2], 'VALID', {_SQUARES}, spatial_dims=[2])",
    f"tf.nn.with_space_to_batch({IMAGE}, [2, 2], 'SAME', {_SQUARES})",
    f"tf.nn.with_space_to_batch({IMAGE}, [2, 0], 'VALID', {_SQUARES})",
    f"tf.nn.with_space_to_batch({IMAGE}, [2, 2], 'VALID', {_SQUARES}, spatial_dims=[2, 1])",
    f"tf.space_to_batch({IMAGE}, [[0, 0], [1, 0]], 2)",
    f"tf.space_to_batch({IMAGE}, [[0, 0], [1, 0]], block_shape=[3, 2])",
    f"tf.nn.space_to_batch({IMAGE}, [[0, 0], [0, 0]], 2)",
    f"tf.batch_to_space({_waves(8, 2, 3, 1)}, [[0, 1], [1, 0]], 2)",
    f"tf.batch_to_space({_waves(6, 2, 3, 1)}, [[0, 1], [1, 0]], 2)",
    f"tf.space_to_batch_nd({IMAGE}, tf.reshape(fed([2, 1]), [2]), fed([[2, 0], [0, 1]]))",
    f"tf.space_to_batch_nd({IMAGE}, tf.reshape(fed([4, 1]), [2]), fed([[1, 0], [0, 1]]))",
    f"tf.manip.batch_to_space_nd({_waves(6, 2, 3, 1)}, [2, 3], [[0, 1], [1, 0]])",
    f"tf.space_to_depth({_waves(1, 4, 6, 1)}, 2)",
    f"tf.space_to_depth({_waves(1, 4, 6, 1)}, 1)",
    f"tf.space_to_depth({_waves(1, 4, 6, 1)}, 4)",
    f"tf.nn.depth_to_space({_waves(1, 2, 1, 9)}, block_size=3)",
    "tf.required_space_to_batch_paddings([7, 4], [3, 2])",
    "tf.required_space_to_batch_paddings([7, 4], [3, 2], [[1, 2], [0, 3]])",
    "tf.required_space_to_batch_paddings(fed([7, 4]), [3, 2], [[1, 2], [0, 3]])",
    "tf.required_space_to_batch_paddings([7, 4], fed([3, 2]))",
    "tf.required_space_to_batch_paddings([7, 4, 1], [3, 2])",
]

SEQUENCE_32, IMAGE_32, VOLUME_32 = (f"tf.cast({x}, tf.float32)" for x in (SEQUENCE, IMAGE, VOLUME))
POOLINGS = [
    f"tf.nn.max_pool1d({SEQUENCE}, 3, 2, 'SAME')",
    f"tf.nn.max_pool1d({SEQUENCE}, [1, 3, 1], [1, 1, 1], 'VALID', 'NWC')",
    f"tf.nn.avg_pool1d({SEQUENCE}, ksize=[3], strides=[2], padding='SAME')",
    f"tf.nn.max_pool({IMAGE}, [1, 2, 3, 1], [1, 2, 1, 1], 'SAME')",
    f"tf.nn.max_pool({IMAGE}, 2, [2, 1], 'VALID')",
    f"tf.nn.max_pool({IMAGE}, [1, 2, 3], [1, 2, 1, 1], 'SAME')",
    f"tf.nn.max_pool({IMAGE}, 7, 1, 'VALID')",
    f"tf.nn.max_pool({IMAGE}, 2, 1, 'OTHER')",
    f"tf.nn.max_pool(input={IMAGE}, ksize=2, strides=2, padding='SAME', value=None)",
    f"tf.nn.max_pool2d({IMAGE}, 2, 2, 'SAME')",
    f"tf.nn.avg_pool2d(value={IMAGE}, ksize=[2, 3], strides=1, padding='SAME')",
    f"tf.nn.avg_pool({IMAGE}, [1, 3, 3, 1], [1, 2, 2, 1], 'SAME', name='average')",
    f"tf.nn.max_pool3d({VOLUME_32}, [1, 2, 3, 2, 1], [1, 2, 1, 1, 1], 'SAME')",
    f"tf.nn.max_pool3d({VOLUME_32}, 2, 1, 'VALID')",
    f"tf.nn.avg_pool3d({VOLUME_32}, [2, 3, 2], [1, 2, 1], 'SAME')",
    f"tf.nn.max_pool3d({VOLUME}, 2, 1, 'VALID')",
    f"tf.nn.max_pool3d({IMAGE}, 2, 1, 'VALID')",
    f"tf.nn.max_pool_v2({SEQUENCE}, 2, 1, 'SAME')",
    f"tf.nn.max_pool_v2({IMAGE}, 2, 1, 'SAME')",
    f"tf.nn.max_pool_v2({VOLUME_32}, 2, 1, 'SAME', 'NDHWC')",
    f"tf.nn.avg_pool_v2({SEQUENCE}, 2, 1, 'SAME')",
    f"tf.nn.avg_pool_v2({IMAGE}, [2, 1], 1, 'SAME')",
    f"tf.nn.avg_pool_v2({VOLUME_32}, 2, [1, 2, 1], 'SAME')",
    "tf.nn.max_pool_v2(tf.ones([3, 4]), 2, 1, 'SAME')",
    f"tf.nn.pool({SEQUENCE}, [3], 'MAX', 'SAME', strides=[2])",
    f"tf.nn.pool({IMAGE}, [3, 2], 'AVG', 'SAME', strides=[2, 1])",
    f"tf.nn.pool({IMAGE}, [3, 2], 'MAX', 'VALID', dilation_rate=[2, 3])",
    f"tf.nn.pool({IMAGE}, window_shape=[2, 2], pooling_type='AVG', padding='VALID',"
    " dilations=[1, 2])",
    f"tf.nn.pool({VOLUME_32}, [2, 2, 2], 'AVG', 'VALID', dilation_rate=[2, 1, 1])",
    f"tf.nn.pool({IMAGE}, [2, 2], 'AVG', 'SAME', dilation_rate=[1, 2])",
    f"tf.nn.pool({IMAGE}, [2, 2], 'SUM', 'SAME')",
    f"tf.nn.pool({IMAGE}, [2], 'MAX', 'SAME')",
    f"tf.nn.pool({IMAGE}, [2, 2], 'MAX', 'VALID', strides=[2, 1], dilation_rate=[1, 2])",
    f"tf.nn.max_pool_with_argmax({IMAGE}, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')",
    f"tf.nn.max_pool_with_argmax({IMAGE}, [1, 2, 2, 1], [1, 1, 2, 1], 'VALID',"
    " include_batch_in_index=True)",
    f"tf.nn.max_pool_with_argmax({IMAGE}, 2, 2, 'VALID', data_format='NCHW')",
]

_HOLES = "[1, 1, 1, 1], [1, 2, 1, 1]"
OTHERS = [
    f"tf.nn.lrn({IMAGE_32})",
    f"tf.nn.local_response_normalization({IMAGE_32}, 1, bias=2.0, alpha=0.5, beta=0.75)",
    f"tf.nn.lrn({SEQUENCE_32})",
    f"tf.nn.dilation2d({IMAGE}, {_waves(3, 2, 3)}, [1, 2, 1, 1], [1, 1, 1, 1], 'SAME')",
    f"tf.nn.dilation2d({IMAGE}, filters={_waves(3, 2, 3)}, strides=[1, 1, 1, 1],"
    " dilations=[1, 2, 2, 1], padding='VALID')",
    f"tf.nn.erosion2d({IMAGE}, {_waves(3, 2, 3)}, {_HOLES}, 'SAME')",
    f"tf.nn.erosion2d({IMAGE}, {_waves(3, 2, 2)}, {_HOLES}, 'SAME')",
    f"tf.extract_image_patches({IMAGE}, [1, 3, 2, 1], {_HOLES}, 'VALID')",
    f"tf.extract_image_patches(images={IMAGE}, sizes=[1, 3, 2, 1], strides=[1, 2, 2, 1],"
    " rates=[1, 1, 1, 1], padding='SAME')",
    f"tf.image.extract_image_patches({IMAGE}, [1, 3, 2, 1], {_HOLES}, 'OTHER')",
    f"tf.image.extract_patches({IMAGE}, [1, 3, 2, 1], {_HOLES}, 'SAME')",
    f"tf.extract_volume_patches({VOLUME}, [1, 2, 3, 1, 1], [1, 2, 1, 1, 1], 'SAME')",
    f"tf.extract_volume_patches({VOLUME}, [1, 9, 3, 1, 1], [1, 2, 1, 1, 1], 'VALID')",
]

_SEEDS = "deterministic=True, seed=7, seed2=3"
FRACTIONAL_POOLINGS = [
    f"tf.nn.fractional_max_pool({_waves(1, 7, 20, 1)}, [1, 1.4, 1.3, 1], False, False, True, 5)",
    f"tf.nn.fractional_max_pool({_waves(1, 7, 20, 1)}, [1, 1.4, 1.7, 1], overlapping=True,"
    f" pseudo_random=True, {_SEEDS})",
    f"tf.nn.fractional_avg_pool({_waves(1, 7, 21, 1)}, [1, 2.1, 1.9, 1], {_SEEDS})",
    f"tf.nn.fractional_avg_pool({_waves(1, 8, 21, 2)}, [1, 2.0, 1.9, 1], True, True, {_SEEDS})",
]

_LABELS, _LOGITS = (
    "tf.constant([[1, 2], [1, 0]])",
    "fed(np.sin(np.arange(40.0, dtype='f')).reshape(5, 2, 4))",
)
ABSENT_OR_UNKNOWN = [
    f"tf.nn.conv2d({IMAGE}, {TAPS_2}, padding='SAME')",
    f"tf.nn.conv2d({IMAGE}, {TAPS_2}, [1, 1, 1, 1], b'VALID')",
    f"tf.nn.max_pool({IMAGE}, [1, 2, 2, 1], None, 'VALID')",
    "tf.nn.bias_add([[[1.0], [2.0]]], [3.0], data_format='N...C')",
    *(
        f"tf.nn.ctc_loss_v2({_LABELS}, {_LOGITS}, [2, 1], [5, 4], blank_index={blank})"
        for blank in (None, 3, -1, -4)
    ),
    "tf.nn.collapse_repeated(fed([[1, 1, 2, 0], [3, 3, 3, 1]]), fed([4, 3]))",
    "tf.nn.zero_fraction(fed([[0.0, 1.0]])).shape.as_list()",
    "tf.nn.lrn(np.ones((1, 2, 2, 3)) * 0.5, 1)",
    "tf.nn.lrn([[[[1, 2, 3]]]])",
]

WINDOWS = [*CONVOLUTIONS, *BLOCKS, *POOLINGS, *OTHERS, *FRACTIONAL_POOLINGS, *ABSENT_OR_UNKNOWN]
