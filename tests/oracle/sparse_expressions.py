"""Expressions about sparse tensors, segments and sets; see expressions.py."""

from __future__ import annotations

# Two matrices of shape (2, 4), one of them with its elements out of order.
_A = "sparse([[0, 1], [1, 0], [1, 3]], [1.5, -2.0, 4.0], [2, 4])"
_B = "sparse([[0, 0], [0, 1], [1, 2]], [3.0, 0.5, 7.0], [2, 4])"
_MIXED = "sparse([[1, 2], [0, 1], [1, 0]], [5, 7, 9], [2, 3])"
_IDS = "sparse([[0, 0], [1, 0], [1, 1]], [2, 3, 1], [2, 2])"

CONVERSIONS = [
    f"tf.sparse_tensor_to_dense({_A})",
    f"tf.sparse.to_dense({_MIXED}, default_value=-1, validate_indices=False)",
    f"tf.sparse.to_dense({_MIXED})",
    "tf.sparse.to_dense(sparse([[1]], ['a'], [3]))",
    "tf.sparse.to_dense(tf.SparseTensorValue([[0, 1]], [3], [2, 2]))",
    "tf.sparse.to_dense(fed([1.0]))",
    "tf.sparse_to_dense(fed([[0], [2]]), [4], [5, 6], 1)",
    "tf.sparse_to_dense(sparse_indices=[1, 3], output_shape=[4], sparse_values=7.0)",
    "tf.sparse_to_dense([[0], [0]], [4], [5, 6])",
    "tf.sparse_to_dense(fed([[1], [0]]), [4], [5, 6], validate_indices=False)",
    "tf.sparse_to_dense([[4]], [4], [5])",
    "tf.sparse.from_dense(fed([[0, 3, 0], [5, 0, 6]]))",
    "tf.sparse.from_dense([0.0, np.nan])",
    "tf.sparse.eye(2, 3)",
    "tf.sparse.eye(fed(3), dtype=tf.int32)",
    f"tf.sparse_to_indicator({_IDS}, 4)",
    f"tf.sparse_to_indicator({_IDS}, 3)",
    f"tf.sparse_merge({_IDS}, sparse([[0, 0], [1, 0], [1, 1]], [0.5, 6.0, 7.0], [2, 2]), 4)",
    f"tf.sparse_merge({_IDS}, {_IDS}, 4, already_sorted=True)",
    f"tf.sparse_merge([{_IDS}, {_IDS}], {_IDS}, [4, 5])",
    f"tf.sparse_merge([{_IDS}], {_IDS}, 4)",
    "tf.sparse_mask(tf.IndexedSlices(fed([[1.0], [2.0], [3.0]]), fed([7, 4, 9])), [4]).values",
    f"tf.convert_to_tensor_or_sparse_tensor({_A})",
    f"tf.convert_to_tensor_or_sparse_tensor({_A}, dtype=tf.int32)",
    "tf.convert_to_tensor_or_sparse_tensor([1, 2])",
    f"[tf.shape({_A}), tf.size({_A}), tf.rank({_A})]",
]

SHAPES = [
    f"tf.sparse_reorder({_MIXED})",
    f"tf.sparse_reshape({_A}, [4, -1])",
    f"tf.sparse_reshape({_A}, fed([2, 2, 2]))",
    f"tf.sparse_reshape({_A}, fed([3, -1]))",
    "tf.sparse_reshape(tf.SparseTensor([[0, 1]], [3], [2, 4]), [3, -1])",
    "tf.sparse_reshape(tf.SparseTensor([[0, 1]], [3], [2, 4]), [-1, -1])",
    f"tf.sparse_transpose({_A})",
    "tf.sparse_transpose(tf.SparseTensor([[0, 1]], [5], [2, 3]), [0])",
    "tf.sparse_concat(1, [tf.sparse_placeholder(tf.float32, shape) for shape in"
    " ([4, 3], [None, 5])]).shape.as_list()",
    "tf.sparse.transpose(sparse([[0, 1, 2], [1, 0, 3]], [5, 6], [2, 3, 4]), [1, 2, 0])",
    "tf.sparse.transpose(sparse([[0, 1, 2], [1, 0, 3]], [5, 6], [2, 3, 4]), perm=fed([2, 0, 1]))",
    "tf.sparse.expand_dims(tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [2, 4]))",
    "tf.sparse.expand_dims(tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [2, 4]), 0)",
    "tf.sparse.expand_dims(tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [2, 4]), axis=-2)",
    "tf.sparse.expand_dims(tf.SparseTensor([[0, 1], [1, 3]], [5, 7], [2, 4]), axis=3)",
    "tf.sparse_reset_shape(sparse([[0, 1], [1, 3]], [5, 7], [6, 8]))",
    "tf.sparse_reset_shape(sparse([], [1.0][:0], [6, 8]))",
    "tf.sparse_reset_shape(tf.SparseTensor([[0, 1]], [5], [2, 3]), [4, 5])",
    "tf.sparse_reset_shape(sparse([[0, 1]], [5], [2, 3]), fed([4, 2]))",
    "tf.sparse_reset_shape(sparse([[0, 1]], [5], [2, 3]), fed([4, 5, 6]))",
    "tf.sparse_reset_shape(tf.SparseTensor([[0, 1]], [5], [2, 3]), [4, 2])",
    "tf.sparse_reset_shape(tf.SparseTensor([[0, 1]], [5], [2, 3]), [4, 5, 6])",
    f"tf.sparse_concat(1, [{_A}, {_B}])",
    f"tf.sparse_concat(axis=-2, sp_inputs=[{_A}, {_B}, {_A}])",
    f"tf.sparse_concat(0, [{_A}])",
    f"tf.sparse_concat(0, [{_A}, sparse([[0, 1]], [5.0], [2, 5])])",
    f"tf.sparse.concat(0, [{_A}, sparse([[0, 1]], [5.0], [2, 5])], expand_nonconcat_dim=True)",
    f"tf.sparse.concat(-1, [{_A}, sparse([[0, 1]], [5.0], [3, 5])], None, True)",
    f"tf.sparse_slice({_A}, [0, 1], [2, 2])",
    f"tf.sparse_slice({_A}, fed(np.int64([1, 0])), np.int64([7, 7]))",
    f"tf.sparse_split(sp_input={_A}, num_split=3, axis=1)",
    f"tf.sparse_split(sp_input={_A}, num_split=2, axis=-2)",
    f"tf.sparse_split(sp_input={_A}, num_split=3, axis=0)",
    f"tf.sparse_split({_A}, 3, 0)",
    f"tf.sparse_split(sp_input={_A}, axis=0)",
    f"tf.sparse_retain({_A}, [True, False, True])",
    f"tf.sparse_retain({_A}, fed([False, False, True]))",
    "tf.sparse_fill_empty_rows(sparse([[0, 1], [3, 0]], [5, 7], [5, 3]), 9)",
    "tf.sparse_fill_empty_rows(sparse([[2, 1], [0, 0]], ['a', 'b'], [4, 3]), '')",
    "tf.sparse_fill_empty_rows(sparse([[2, 1], [4, 0]], [1, 2], [4, 3]), 0)",
]

ARITHMETIC = [
    f"tf.sparse_add({_A}, {_B})",
    f"tf.sparse_add({_A}, sparse([[1, 3]], [-3.5], [2, 4]), 1.0)",
    f"tf.sparse_add({_A}, sparse([[1, 3]], [-3.5], [2, 4]), thresh=0.5)",
    f"tf.sparse_add({_A}, tf.ones([2, 4]))",
    f"tf.sparse_add(fed(np.ones([2, 4], np.float32)), {_A})",
    f"tf.sparse_add({_A}, tf.ones([2, 5]))",
    f"tf.sparse_add({_A}, sparse([[1, 3]], [-3.5], [2, 5]))",
    "tf.sparse_add(tf.ones([2]), tf.ones([2]))",
    f"tf.sparse_maximum({_A}, {_B})",
    f"tf.sparse_minimum({_A}, {_B})",
    f"{_A} * tf.constant([1.0, 2.0, 3.0, 4.0])",
    f"{_A} * fed([[2.0], [3.0]])",
    f"fed([[2.0], [3.0]]) * {_A}",
    f"{_A} / [[2.0], [3.0]]",
    f"{_MIXED} / 4",
    f"{_MIXED} * [1, 2]",
    f"[tf.abs({_A}), tf.negative({_A}), tf.sign({_A}), tf.square({_A})]",
    f"[tf.math.tanh({_A}), tf.math.erf({_B}), tf.sqrt({_B}), tf.cast({_A}, tf.int32)]",
    f"tf.sparse_tensor_dense_matmul({_A}, fed([[1.0], [2.0], [3.0], [4.0]]))",
    f"tf.sparse.matmul({_A}, [[1.0, 2.0], [3.0, 5.0]], adjoint_a=True, adjoint_b=False)",
    f"tf.sparse.matmul({_A}, fed([[1.0, 2.0], [3.0, 5.0]]), True, True)",
    f"tf.sparse.matmul({_A}, tf.ones([3, 2]))",
    f"tf.sparse_reduce_sum({_A})",
    f"tf.sparse_reduce_sum({_A}, 1)",
    f"tf.sparse_reduce_sum({_A}, [0, -1], keepdims=True)",
    f"tf.sparse_reduce_sum({_A}, reduction_axes=0, keep_dims=True)",
    f"tf.sparse_reduce_sum({_A}, 2)",
    f"tf.sparse_reduce_sum_sparse({_A}, 0)",
    f"tf.sparse_reduce_max({_A}, axis=1)",
    f"tf.sparse_reduce_max_sparse({_A}, axis=-1, keepdims=True)",
    f"tf.sparse_softmax({_A})",
    "tf.sparse_softmax(sparse([[1]], [1.0], [3]))",
]

GRADIENTS = [
    f"(lambda a: tf.gradients({function}, a.values))({_A})"
    for function in (
        "tf.sparse.to_dense(a) ** 2",
        "tf.sparse_add(a, tf.sparse_reorder(a)).values ** 2",
        "tf.sparse_reduce_sum(a, 1) ** 3",
        "tf.sparse_softmax(a).values ** 2",
        "(a * tf.constant([[2.0], [3.0]])).values ** 2",
        "(a / tf.constant([1.0, 2.0, 3.0, 4.0])).values ** 2",
        "tf.sparse_slice(a, [0, 1], [2, 3]).values ** 2",
        "tf.sparse_fill_empty_rows(a, 2.0)[0].values ** 2",
        "tf.sparse_transpose(a).values * tf.constant([1.0, 2.0, 3.0])",
        "tf.sparse_retain(a, [True, False, True]).values ** 2",
        "tf.sparse_reshape(a, [4, 2]).values ** 2",
        "tf.sparse.matmul(a, tf.ones([4, 3])) ** 2",
        "tf.square(a).values",
    )
]

SEGMENTS = [
    "tf.segment_sum(fed([[1.0], [2.0], [5.0]]), [0, 0, 2])",
    "tf.math.segment_mean([1, 2, -8], fed([1, 1, 3]))",
    "tf.segment_sum([1, 2, 3], fed([1, 0, 2]))",
    "tf.segment_max([1, 2], [-1, 0])",
    "tf.unsorted_segment_sum(fed([1.0, 2.0]), [3, -1], 4)",
    "tf.unsorted_segment_sum(fed([1.0, 2.0]), [4, 0], 4)",
    "tf.unsorted_segment_mean([[1.0, 2.0], [3.0, 4.0]], [[0, 2], [2, 2]], num_segments=4)",
    "tf.unsorted_segment_sqrt_n(fed([1.0, 2.0, 4.0]), fed([0, 2, 2]), 3)",
    "tf.sparse_segment_sum(fed([[1, 2], [3, 4]]), [0, 1, 1], [0, 0, 1])",
    "tf.sparse_segment_mean(fed([[1.0, 2.0], [3.0, 4.0]]), [0, 1, 1], [0, 0, 2], num_segments=4)",
    "tf.sparse.segment_sqrt_n(fed([[1.0, 2.0], [3.0, 4.0]]), [0, 1, 0], [0, 0, 2])",
    "tf.sparse_segment_sum([[1, 2], [3, 4]], [0, 2], [0, 0])",
    "tf.sparse_segment_sum([[1, 2], [3, 4]], [0, 1], [0, 3], num_segments=3)",
]

_SET = "sparse([[0, 0], [0, 2], [1, 1]], [9, 2, 5], [2, 3])"
SETS = [
    f"tf.sets.{name}({a}, {b})"
    for name in ("union", "set_intersection", "set_difference")
    for a, b in (
        ("fed([[2, 9, 9], [1, 3, 1]])", "[[9, 4], [3, 1]]"),
        ("fed([[2, 9, 9], [1, 3, 1]])", _SET),
        (_SET, "fed([[2, 9, 9], [1, 3, 1]])"),
        (_SET, "sparse([[0, 0], [1, 0]], [2, 6], [2, 1])"),
    )
] + [
    f"tf.sets.difference({_SET}, [[2], [5]], aminusb=False)",
    f"tf.sets.size({_SET})",
    "tf.sets.size(fed([[1, 2]]))",
    "tf.sets.union(fed([[1.0]]), fed([[2.0]]))",
    "tf.sets.union([[1]], np.int64([[2]]))",
    "tf.sets.union([1, 2], [2, 3])",
    "tf.sets.union([[1, 2]], [[2, 3], [4, 5]])",
]

_WORDS = "sparse([[0, 0], [1, 0], [1, 1]], ['a', 'b', 'c'], [2, 2])"
_NUMBERS = "sparse([[0, 0], [1, 0], [1, 1]], [4, -5, 6], [2, 2])"
CROSSES = [
    f"tf.sparse.cross([{_WORDS}, {_WORDS}])",
    f"tf.sparse.cross([fed([['x', 'y'], ['z', 'w']]), {_WORDS}])",
    f"tf.sparse.cross([{_NUMBERS}, fed([[7], [8]])])",
    f"tf.sparse.cross([{_WORDS}, sparse([[1, 0]], ['q'], [2, 1])])",
    f"tf.sparse.cross({_WORDS})",
    f"tf.sparse.cross([{_WORDS}, 3])",
    f"tf.sparse.cross_hashed([{_WORDS}, {_WORDS}])",
    f"tf.sparse.cross_hashed([{_WORDS}, {_NUMBERS}], num_buckets=1000)",
    f"tf.sparse.cross_hashed([{_NUMBERS}], 50, hash_key=17)",
]

SERIALIZATION = [
    f"tf.io.serialize_many_sparse({_A})",
    f"tf.serialize_sparse({_A})",
    f"tf.serialize_many_sparse({_MIXED})",
    f"tf.deserialize_many_sparse(tf.serialize_many_sparse({_A}), tf.float32)",
    f"tf.deserialize_many_sparse(tf.serialize_many_sparse({_WORDS}), tf.string, rank=2)",
    f"tf.deserialize_many_sparse(tf.stack(list(map(tf.serialize_sparse, [{_A}, {_B}]))), 'float')",
    f"tf.deserialize_many_sparse(tf.serialize_many_sparse({_A}), tf.int32)",
    "tf.deserialize_many_sparse(fed([['a', 'b', 'c']]), tf.int32)",
]

SPARSE = [
    *CROSSES,
    *SERIALIZATION,
    *CONVERSIONS,
    *SHAPES,
    *ARITHMETIC,
    *GRADIENTS,
    *SEGMENTS,
    *SETS,
]
