"""Single ops, each at a small and a large size: `python -m benchmarks.run --ops`.

An entry is a function of TensorFlow's module, a function `put` that turns an array (or the shape of
random numbers) into a variable, so that nothing is known before the run, and a size.  It returns
what is computed.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.program import Program, Setting, Workload

Build = Callable[..., Any]

OP_WORKLOADS: dict[str, Workload] = {}


def op(family: str, small: Any, large: Any, compare: bool = True) -> Callable[[Build], Build]:
    """Enter a function in `OP_WORKLOADS` at two sizes.

    Args:
      family: the family of ops that it belongs to.
      small: a size.
      large: a size.
      compare: whether both implementations compute the same numbers.
    """

    def enter(build: Build) -> Build:
        for name, size in (("small", small), ("large", large)):
            text = "x".join(map(str, size)) if isinstance(size, tuple) else str(size)
            OP_WORKLOADS[f"{build.__name__}.{name}"] = Workload(
                lambda setting, size=size: _program(setting, build, size, compare),
                f"{family}: {build.__name__} {text}",
            )
        return build

    return enter


def _program(setting: Setting, build: Build, size: Any, compare: bool) -> Program:
    tf = setting.tf
    random = np.random.RandomState(5)

    def put(values: Any) -> Any:
        if isinstance(values, tuple):
            values = random.uniform(-1, 1, values).astype(np.float32)
        return tf.Variable(values, trainable=False)

    with tf.Graph().as_default() as graph:
        tf.set_random_seed(3)
        results = build(tf, put, size)
        results = list(results) if isinstance(results, (list, tuple)) else [results]
        step = [result.op for result in results]  # run, and nothing handed over
    session = setting.session(graph)

    def outcome() -> float:
        return sum(_size_of(value) for value in session.run(results))

    return Program(lambda: session.run(step), outcome if compare else None, close=session.close)


def _size_of(value: Any) -> float:
    """One number that tells results apart."""
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        return float(sum(len(item) for item in array.ravel()))
    return float(np.abs(array.astype(np.complex128)).sum())


def _integers(limit: int, shape: Any, seed: int = 1, dtype: Any = np.int32) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, limit, shape).astype(dtype)


def _words(count: int) -> np.ndarray:
    letters = itertools.cycle(string.ascii_lowercase)
    return np.array(["".join(itertools.islice(letters, 3 + i % 7)) for i in range(count)], object)


def _positive_definite(size: tuple[int, int]) -> np.ndarray:
    batch, n = size
    matrices = np.random.RandomState(2).randn(batch, n, n).astype(np.float32)
    return matrices @ matrices.transpose(0, 2, 1) + n * np.eye(n, dtype=np.float32)


def _coordinates(shape: Sequence[int], count: int) -> np.ndarray:
    """Distinct positions in a matrix, in order."""
    flat = np.random.RandomState(4).choice(shape[0] * shape[1], count, replace=False)
    return np.stack(np.unravel_index(np.sort(flat), shape), axis=1).astype(np.int64)


# --- element-wise mathematics


@op("math", (100, 100), (1000, 1000))
def exp(tf: Any, put: Any, size: Any) -> Any:
    return tf.exp(put(size))


@op("math", (100, 100), (1000, 1000))
def tanh(tf: Any, put: Any, size: Any) -> Any:
    return tf.tanh(put(size))


@op("math", (100, 100), (1000, 1000))
def add_broadcast(tf: Any, put: Any, size: Any) -> Any:
    return tf.add(put(size), put(size[1:]))


@op("math", (100, 100), (1000, 1000))
def lgamma(tf: Any, put: Any, size: Any) -> Any:
    return tf.lgamma(put(size) + 2.0)


@op("math", (100, 100), (1000, 1000))
def reduce_sum(tf: Any, put: Any, size: Any) -> Any:
    return tf.reduce_sum(put(size), axis=1)


@op("math", (100, 100), (1000, 1000))
def cumsum(tf: Any, put: Any, size: Any) -> Any:
    return tf.cumsum(put(size), axis=1)


@op("math", (100, 100), (1000, 1000))
def bitwise_and(tf: Any, put: Any, size: Any) -> Any:
    return tf.bitwise.bitwise_and(put(_integers(99, size)), put(_integers(99, size, 2)))


@op("math", (1000, 16), (100_000, 16))
def segment_sum(tf: Any, put: Any, size: Any) -> Any:
    return tf.segment_sum(put(size), put(np.sort(_integers(size[0] // 10, size[0]))))


@op("math", (1000, 16), (100_000, 16))
def unsorted_segment_sum(tf: Any, put: Any, size: Any) -> Any:
    groups = size[0] // 10
    return tf.unsorted_segment_sum(put(size), put(_integers(groups, size[0])), groups)


@op("math", (1000, 16), (100_000, 16))
def sparse_segment_sum(tf: Any, put: Any, size: Any) -> Any:
    ids = np.sort(_integers(size[0] // 10, size[0]))
    return tf.sparse_segment_sum(put(size), put(_integers(size[0], size[0])), put(ids))


@op("math", (1000, 16), (20_000, 64))
def einsum(tf: Any, put: Any, size: Any) -> Any:
    n, k = size
    return tf.einsum("nik,nkj->nij", put((n // 10, k, k)), put((n // 10, k, k)))


@op("math", (64, 64), (512, 512))
def fake_quant(tf: Any, put: Any, size: Any) -> Any:
    return tf.fake_quant_with_min_max_args(put(size), -0.9, 0.8)


# --- sorting, searching, counting


@op("search", (100, 100), (1000, 1000))
def argmax(tf: Any, put: Any, size: Any) -> Any:
    return tf.argmax(put(size), 1)


@op("search", (100, 100), (1000, 1000))
def top_k(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.top_k(put(size), 10)


@op("search", (100, 100), (1000, 1000))
def sort(tf: Any, put: Any, size: Any) -> Any:
    return tf.sort(put(size))


@op("search", (100, 100), (1000, 1000))
def argsort(tf: Any, put: Any, size: Any) -> Any:
    return tf.argsort(put(size), direction="DESCENDING")


@op("search", (100, 100), (1000, 1000))
def in_top_k(tf: Any, put: Any, size: Any) -> Any:
    return tf.cast(tf.nn.in_top_k(put(size), put(_integers(size[1], size[0])), 5), tf.int32)


@op("search", 1000, 1_000_000)
def unique(tf: Any, put: Any, size: Any) -> Any:
    return tf.unique(put(_integers(size // 10, size)))


@op("search", 1000, 1_000_000)
def bincount(tf: Any, put: Any, size: Any) -> Any:
    return tf.bincount(put(_integers(100, size)))


@op("search", 1000, 1_000_000)
def histogram(tf: Any, put: Any, size: Any) -> Any:
    return tf.histogram_fixed_width(put((size,)), [-1.0, 1.0], nbins=50)


@op("search", 1000, 100_000)
def searchsorted(tf: Any, put: Any, size: Any) -> Any:
    row = np.linspace(-1, 1, size, dtype=np.float32)
    return tf.searchsorted(put(row), put((size,)))


# --- arrays


@op("array", (64, 64), (1000, 1000))
def transpose(tf: Any, put: Any, size: Any) -> Any:
    return tf.transpose(put(size)) + 0.0


@op("array", (1000, 64), (100_000, 64))
def gather(tf: Any, put: Any, size: Any) -> Any:
    return tf.gather(put(size), put(_integers(size[0], size[0] // 2)))


@op("array", (1000, 64), (100_000, 64))
def gather_nd(tf: Any, put: Any, size: Any) -> Any:
    return tf.gather_nd(put(size), put(_integers(size[1], (size[0], 2))))


@op("array", (1000, 16), (100_000, 16))
def scatter_nd(tf: Any, put: Any, size: Any) -> Any:
    return tf.scatter_nd(put(_integers(size[0], (size[0], 1))), put(size), list(size))


@op("array", (1000, 16), (100_000, 16))
def tensor_scatter_add(tf: Any, put: Any, size: Any) -> Any:
    indices = put(_integers(size[0], (size[0] // 2, 1)))
    return tf.tensor_scatter_add(put(size), indices, put((size[0] // 2, size[1])))


@op("array", (1000, 16), (100_000, 16))
def boolean_mask(tf: Any, put: Any, size: Any) -> Any:
    return tf.boolean_mask(put(size), put(_integers(2, size[0]) > 0))


@op("array", (1000, 16), (100_000, 16))
def dynamic_partition(tf: Any, put: Any, size: Any) -> Any:
    return tf.dynamic_partition(put(size), put(_integers(4, size[0])), 4)


@op("array", (64, 64), (1000, 1000))
def roll(tf: Any, put: Any, size: Any) -> Any:
    return tf.roll(put(size), 3, axis=1)


@op("array", (4, 16, 16, 8), (32, 64, 64, 16))
def space_to_depth(tf: Any, put: Any, size: Any) -> Any:
    return tf.space_to_depth(put(size), 2)


@op("array", (4, 16, 16, 3), (16, 64, 64, 8))
def extract_image_patches(tf: Any, put: Any, size: Any) -> Any:
    return tf.extract_image_patches(put(size), [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME")


@op("array", (64, 64), (1000, 1000))
def mirror_pad(tf: Any, put: Any, size: Any) -> Any:
    return tf.pad(put(size), [[2, 3], [1, 2]], mode="REFLECT")


# --- linear algebra and transforms


@op("linear algebra", (64, 64, 64), (1000, 1000, 1000))
def matmul(tf: Any, put: Any, size: Any) -> Any:
    n, k, m = size
    return tf.matmul(put((n, k)), put((k, m)))


@op("linear algebra", (100, 8), (8, 200))
def cholesky(tf: Any, put: Any, size: Any) -> Any:
    return tf.cholesky(put(_positive_definite(size)))


@op("linear algebra", (100, 8), (8, 200))
def matrix_inverse(tf: Any, put: Any, size: Any) -> Any:
    return tf.matrix_inverse(put(_positive_definite(size)))


@op("linear algebra", (100, 8), (8, 200))
def matrix_solve(tf: Any, put: Any, size: Any) -> Any:
    return tf.matrix_solve(put(_positive_definite(size)), put((size[0], size[1], 3)))


@op("linear algebra", (100, 8), (8, 200))
def triangular_solve(tf: Any, put: Any, size: Any) -> Any:
    return tf.matrix_triangular_solve(put(_positive_definite(size)), put((*size, 3)))


@op("linear algebra", (100, 8), (8, 200))
def determinant(tf: Any, put: Any, size: Any) -> Any:
    return tf.linalg.logdet(put(_positive_definite(size)))


@op("linear algebra", (50, 8), (4, 100))
def svd(tf: Any, put: Any, size: Any) -> Any:
    return tf.svd(put((*size, size[1])), compute_uv=False)


@op("linear algebra", (50, 8), (4, 100))
def eigh(tf: Any, put: Any, size: Any) -> Any:
    return tf.self_adjoint_eigvals(put(_positive_definite(size)))


@op("signal", (16, 256), (64, 4096))
def rfft(tf: Any, put: Any, size: Any) -> Any:
    return tf.signal.rfft(put(size))


@op("signal", (4, 32, 32), (16, 128, 128))
def fft2d(tf: Any, put: Any, size: Any) -> Any:
    return tf.fft2d(tf.complex(put(size), put(size)))


@op("signal", (1, 4096), (8, 65_536))
def stft(tf: Any, put: Any, size: Any) -> Any:
    return tf.signal.stft(put(size), 256, 128)


# --- neural networks


@op("nn", (8, 16, 16, 8), (32, 32, 32, 32))
def conv2d(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.conv2d(put(size), put((3, 3, size[3], size[3])), [1, 1, 1, 1], "SAME")


# Where `ops/kernels/quickest_conv.py` chooses between tiles and columns (GRAPHFLOW_JIT=0: columns).


@op("nn", (10, 28, 28, 1), (100, 28, 28, 1))
def conv2d_one_channel(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.conv2d(put(size), put((5, 5, size[3], 6)), [1, 1, 1, 1], "SAME")


@op("nn", (10, 28, 28, 6), (100, 28, 28, 6))
def conv2d_strides(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.conv2d(put(size), put((5, 5, size[3], 12)), [1, 2, 2, 1], "SAME")


@op("nn", (10, 14, 14, 16), (20, 28, 28, 64))
def conv2d_points(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.conv2d(put(size), put((1, 1, size[3], size[3])), [1, 1, 1, 1], "SAME")


@op("nn", (10, 14, 14, 16), (20, 28, 28, 64))
def conv2d_one_output(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.conv2d(put(size), put((3, 3, size[3], 1)), [1, 1, 1, 1], "SAME")


@op("nn", (2, 8, 8, 8, 4), (4, 16, 32, 32, 8))
def conv3d(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.conv3d(put(size), put((3, 3, 3, size[4], size[4])), [1] * 5, "SAME")


@op("nn", (8, 16, 16, 8), (32, 32, 32, 32))
def depthwise_conv2d(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.depthwise_conv2d(put(size), put((3, 3, size[3], 2)), [1] * 4, "SAME")


@op("nn", (8, 16, 16, 8), (32, 32, 32, 32))
def max_pool(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.max_pool(put(size), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


@op("nn", (2, 8, 8, 8, 4), (4, 16, 32, 32, 8))
def avg_pool3d(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.avg_pool3d(put(size), [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "SAME")


@op("nn", (8, 16, 16, 8), (16, 32, 32, 32))
def lrn(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.lrn(put(size), 2)


@op("nn", (4, 16, 16, 4), (16, 32, 32, 16))
def dilation2d(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.dilation2d(put(size), put((3, 3, size[3])), [1] * 4, [1] * 4, "SAME")


@op("nn", (8, 16, 16, 8), (32, 32, 32, 32))
def fused_batch_norm(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.fused_batch_norm(put(size), put(size[3:]), put(size[3:]))


@op("nn", (100, 10), (1000, 1000))
def softmax(tf: Any, put: Any, size: Any) -> Any:
    return tf.nn.softmax(put(size))


@op("nn", (1000, 16, 100), (100_000, 64, 10_000))
def embedding_lookup(tf: Any, put: Any, size: Any) -> Any:
    rows, width, count = size
    return tf.nn.embedding_lookup(put((rows, width)), put(_integers(rows, count)))


@op("nn", (20, 4, 10), (100, 32, 30))
def ctc_loss(tf: Any, put: Any, size: Any) -> Any:
    time, batch, classes = size
    length = time // 4
    indices = [[b, t] for b in range(batch) for t in range(length)]
    values = _integers(classes - 1, len(indices))
    labels = tf.SparseTensor(np.asarray(indices, np.int64), put(values), [batch, length])
    return tf.nn.ctc_loss(labels, put(size), put(np.full(batch, time, np.int32)))


@op("random", (100, 100), (1000, 1000), compare=False)
def random_normal(tf: Any, put: Any, size: Any) -> Any:
    return tf.random_normal(size)


@op("random", (100, 100), (500, 500), compare=False)
def random_gamma(tf: Any, put: Any, size: Any) -> Any:
    return tf.random_gamma(size, 1.5)


@op("random", (100, 100), (500, 500), compare=False)
def random_poisson(tf: Any, put: Any, size: Any) -> Any:
    return tf.random_poisson(4.5, size)


@op("random", 1000, 100_000, compare=False)
def multinomial(tf: Any, put: Any, size: Any) -> Any:
    return tf.multinomial(put((10, 20)), size // 10)


# --- sparse tensors


@op("sparse", (100, 100), (2000, 2000))
def sparse_tensor_dense_matmul(tf: Any, put: Any, size: Any) -> Any:
    return tf.sparse_tensor_dense_matmul(_sparse(tf, put, size), put((size[1], 32)))


@op("sparse", (100, 100), (2000, 2000))
def sparse_to_dense(tf: Any, put: Any, size: Any) -> Any:
    return tf.sparse_tensor_to_dense(_sparse(tf, put, size))


@op("sparse", (100, 100), (2000, 2000))
def sparse_add(tf: Any, put: Any, size: Any) -> Any:
    return tf.sparse_add(_sparse(tf, put, size), _sparse(tf, put, size)).values


@op("sparse", (100, 100), (2000, 2000))
def sparse_reduce_sum(tf: Any, put: Any, size: Any) -> Any:
    return tf.sparse_reduce_sum(_sparse(tf, put, size), axis=1)


@op("sparse", (100, 100), (2000, 2000))
def sparse_softmax(tf: Any, put: Any, size: Any) -> Any:
    return tf.sparse_softmax(_sparse(tf, put, size)).values


def _sparse(tf: Any, put: Any, size: Any) -> Any:
    count = size[0] * size[1] // 50
    indices = put(_coordinates(size, count))
    return tf.SparseTensor(indices, put((count,)), put(np.asarray(size, np.int64)))


# --- images


@op("image", (2, 32, 32, 3), (8, 256, 256, 3))
def resize_bilinear(tf: Any, put: Any, size: Any) -> Any:
    return tf.image.resize_bilinear(put(size), [size[1] * 3 // 2, size[2] * 2 // 3])


@op("image", (2, 32, 32, 3), (8, 256, 256, 3))
def resize_nearest_neighbor(tf: Any, put: Any, size: Any) -> Any:
    return tf.image.resize_nearest_neighbor(put(size), [size[1] * 3 // 2, size[2] * 2 // 3])


@op("image", (2, 32, 32, 3), (8, 256, 256, 3))
def rgb_to_hsv(tf: Any, put: Any, size: Any) -> Any:
    return tf.image.rgb_to_hsv(tf.abs(put(size)))


@op("image", (2, 32, 32, 3), (8, 256, 256, 3))
def adjust_hue(tf: Any, put: Any, size: Any) -> Any:
    return tf.image.adjust_hue(tf.abs(put(size)), 0.2)


@op("image", (2, 32, 32, 3), (8, 256, 256, 3))
def crop_and_resize(tf: Any, put: Any, size: Any) -> Any:
    boxes = put(np.asarray([[0.1, 0.2, 0.8, 0.9]] * size[0], np.float32))
    return tf.image.crop_and_resize(
        put(size), boxes, put(np.arange(size[0], dtype=np.int32)), [24, 24]
    )


@op("image", 100, 2000)
def non_max_suppression(tf: Any, put: Any, size: Any) -> Any:
    corners = np.random.RandomState(1).uniform(0, 1, (size, 2)).astype(np.float32)
    boxes = np.concatenate([corners, corners + 0.1], axis=1)
    return tf.image.non_max_suppression(put(boxes), put((size,)), 100)


@op("image", (64, 64, 3), (512, 512, 3), compare=False)  # two ways to round cosines
def decode_jpeg(tf: Any, put: Any, size: Any) -> Any:
    y, x = np.mgrid[: size[0], : size[1]]
    image = np.stack([y * 2 % 256, x % 256, (x + y) % 256], axis=-1).astype(np.uint8)
    return tf.image.decode_jpeg(tf.image.encode_jpeg(put(image)))


# --- strings


@op("strings", 1000, 100_000)
def string_to_hash_bucket_fast(tf: Any, put: Any, size: Any) -> Any:
    return tf.string_to_hash_bucket_fast(put(_words(size)), 1000)


@op("strings", 1000, 100_000)
def string_join(tf: Any, put: Any, size: Any) -> Any:
    return tf.string_join([put(_words(size)), put(_words(size))], separator="-")


@op("strings", 100, 10_000)
def string_split(tf: Any, put: Any, size: Any) -> Any:
    words = _words(4 * size).reshape(size, 4)
    return tf.string_split(put(np.array([" ".join(row) for row in words], object))).values


@op("strings", 1000, 100_000)
def regex_replace(tf: Any, put: Any, size: Any) -> Any:
    return tf.regex_replace(put(_words(size)), "[aeiou]", "*")


@op("strings", 1000, 100_000)
def string_to_number(tf: Any, put: Any, size: Any) -> Any:
    return tf.string_to_number(put(np.array([str(i / 8) for i in range(size)], object)))


@op("strings", 100, 10_000)
def decode_raw(tf: Any, put: Any, size: Any) -> Any:
    rows = np.array([bytes([i % 256] * 64) for i in range(size)], object)
    return tf.decode_raw(put(rows), tf.uint8)


@op("strings", 100, 10_000)
def decode_csv(tf: Any, put: Any, size: Any) -> Any:
    rows = np.array([f"{i},{i / 4},w{i}" for i in range(size)], object)
    return tf.decode_csv(put(rows), [[0], [0.0], [""]])


# --- variables, tables, records


@op("state", (1000, 16), (100_000, 64))
def scatter_add(tf: Any, put: Any, size: Any) -> Any:
    count = size[0] // 10
    return tf.scatter_add(put(size), put(_integers(size[0], count)), put((count, size[1])))


@op("state", (1000, 16), (100_000, 64))
def scatter_update(tf: Any, put: Any, size: Any) -> Any:
    rows = np.random.RandomState(1).permutation(size[0])[: size[0] // 10].astype(np.int32)
    return tf.scatter_update(put(size), put(rows), put((len(rows), size[1])))


@op("state", (100, 100), (1000, 1000))
def adam(tf: Any, put: Any, size: Any) -> Any:
    weights, gradient = tf.Variable(tf.ones(size)), put(size)
    with tf.control_dependencies([tf.train.AdamOptimizer().apply_gradients([(gradient, weights)])]):
        return weights.read_value()[:1]


def _sparse_update(name: str, make: Callable[[Any], Any]) -> None:
    """Enter the update of some rows of a table by an optimizer."""

    def build(tf: Any, put: Any, size: Any) -> Any:
        rows, count, width = size
        weights = tf.Variable(tf.ones((count, width)))
        gradient = tf.IndexedSlices(put((rows, width)), put(_integers(count, rows)))
        step = make(tf.train).apply_gradients([(gradient, weights)])
        with tf.control_dependencies([step]):
            return tf.gather(weights, _integers(count, 4))

    build.__name__ = f"sparse_{name}"
    op("update", (64, 50_000, 64), (2000, 50_000, 64))(build)


_sparse_update("gradient_descent", lambda train: train.GradientDescentOptimizer(0.01))
_sparse_update("momentum", lambda train: train.MomentumOptimizer(0.01, 0.9))
_sparse_update("nesterov", lambda train: train.MomentumOptimizer(0.01, 0.9, use_nesterov=True))
_sparse_update("adagrad", lambda train: train.AdagradOptimizer(0.01))
_sparse_update("adadelta", lambda train: train.AdadeltaOptimizer(0.01))
_sparse_update("rmsprop", lambda train: train.RMSPropOptimizer(0.01, epsilon=0.1))
_sparse_update("centered", lambda train: train.RMSPropOptimizer(0.01, epsilon=9.0, centered=True))
_sparse_update("ftrl", lambda train: train.FtrlOptimizer(0.01, l1_regularization_strength=0.01))
_sparse_update("proximal", lambda train: train.ProximalGradientDescentOptimizer(0.01, 0.1, 0.1))
_sparse_update("proximal_adagrad", lambda train: train.ProximalAdagradOptimizer(0.01, 0.1, 0.1))
_sparse_update("adam", lambda train: train.AdamOptimizer(0.01))


@op("lookup", 1000, 100_000)
def hash_table(tf: Any, put: Any, size: Any) -> Any:
    words = sorted(set(_words(1000)))
    entries = tf.lookup.KeyValueTensorInitializer(words, np.arange(len(words)))
    table = tf.lookup.StaticHashTable(entries, -1)
    return table.lookup(put(_words(size)))


@op("records", 10, 1000)
def parse_example(tf: Any, put: Any, size: Any) -> Any:
    def record(number: int) -> bytes:
        numbers = tf.train.Feature(float_list=tf.train.FloatList(value=[number / 2] * 20))
        label = tf.train.Feature(int64_list=tf.train.Int64List(value=[number]))
        word = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"word"]))
        features = tf.train.Features(feature={"x": numbers, "label": label, "word": word})
        return bytes(tf.train.Example(features=features).SerializeToString())

    parsed = tf.parse_example(
        put(np.array([record(number) for number in range(size)], object)),
        {
            "x": tf.FixedLenFeature([20], tf.float32),
            "label": tf.FixedLenFeature([], tf.int64),
            "word": tf.VarLenFeature(tf.string),
        },
    )
    return parsed["x"], parsed["label"], parsed["word"].values


# --- gradients


def _gradient(tf: Any, put: Any, y: Any, x: Any) -> Any:
    """The gradient of a weighted sum of y, so that no part of it is known before the run."""
    return tf.convert_to_tensor(tf.gradients(y, x, put(tuple(y.shape.as_list())))[0])


@op("gradient", (1000, 16, 100), (10_000, 64, 10_000))
def gather_gradient(tf: Any, put: Any, size: Any) -> Any:
    table = put(size[:2])
    return _gradient(tf, put, tf.gather(table, put(_integers(size[0], size[2]))), table)


@op("gradient", (8, 16, 16, 8), (32, 32, 32, 32))
def conv2d_gradient(tf: Any, put: Any, size: Any) -> Any:
    kernel = put((3, 3, size[3], size[3]))
    return _gradient(tf, put, tf.nn.conv2d(put(size), kernel, [1] * 4, "SAME"), kernel)


@op("gradient", (8, 16, 16, 8), (32, 32, 32, 32))
def depthwise_gradient(tf: Any, put: Any, size: Any) -> Any:
    kernel = put((3, 3, size[3], 1))
    return _gradient(tf, put, tf.nn.depthwise_conv2d(put(size), kernel, [1] * 4, "SAME"), kernel)


@op("gradient", (8, 16, 16, 8), (32, 32, 32, 32))
def max_pool_gradient(tf: Any, put: Any, size: Any) -> Any:
    x = put(size)
    return _gradient(tf, put, tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "SAME"), x)


@op("gradient", (8, 16, 16, 8), (32, 32, 32, 32))
def batch_norm_gradient(tf: Any, put: Any, size: Any) -> Any:
    x = put(size)
    return _gradient(tf, put, tf.nn.fused_batch_norm(x, put(size[3:]), put(size[3:]))[0], x)


@op("gradient", (2, 32, 32, 3), (8, 128, 128, 3))
def resize_gradient(tf: Any, put: Any, size: Any) -> Any:
    x = put(size)
    return _gradient(tf, put, tf.image.resize_bilinear(x, [size[1] * 2, size[2] // 2]), x)


@op("gradient", (64, 64), (1000, 1000))
def mirror_pad_gradient(tf: Any, put: Any, size: Any) -> Any:
    x = put(size)
    return _gradient(tf, put, tf.pad(x, [[2, 3], [1, 2]], mode="REFLECT"), x)


@op("gradient", (100, 10), (1000, 1000))
def cross_entropy_gradient(tf: Any, put: Any, size: Any) -> Any:
    x, labels = put(size), put(_integers(size[1], size[0]))
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)
    return _gradient(tf, put, loss, x)
