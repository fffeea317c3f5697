"""Random programs: graphs that grow by operations drawn from a seed, with gradients and training.

Both graphflow and TensorFlow build the same graph for a seed, in float64, where nothing but an
error makes a difference that can be seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

SEEDS = range(60)
_LARGEST = 400  # elements

Shape = list[int]


class RandomGraph:
    """Three variables, something to feed, and operations on them.

    Args:
      tf: the module.
      seed: says what is built.
    """

    def __init__(self, tf: Any, seed: int) -> None:
        self._tf = tf
        self._random = random.Random(seed)
        self._numbers = np.random.RandomState(seed)
        self.variables = [
            tf.get_variable(
                f"v{number}", initializer=self._normal([self._size(), self._size()][number:]),
                use_resource=self._random.random() < 0.5,
            )
            for number in range(3)
        ]  # fmt: skip
        value = self._normal([self._size(), self._size()])
        self.fed = tf.placeholder(tf.float64, self._random.choice([value.shape, [None, None]]))
        self.feed = {self.fed: value}
        # The shapes are counted here, so that they do not depend on what a side knows.
        self.tensors: list[tuple[Any, Shape]] = [
            *((v * 1.0, v.shape.as_list()) for v in self.variables),
            (self.fed + 0.5, [*value.shape]),
        ]
        for _ in range(self._random.randint(6, 20)):
            made = self._random.choice(_MAKERS)(self)
            if made is not None:
                self.tensors.append((made[0], [int(size) for size in made[1]]))

    def loss(self) -> Any:
        """Return a scalar that depends on the last tensors."""
        tf = self._tf
        return tf.add_n([tf.reduce_mean(tf.sin(tensor)) for tensor, _ in self.tensors[-6:]])

    def _size(self) -> int:
        return self._random.randint(1, 4)

    def _normal(self, shape: Any) -> Any:
        return self._numbers.normal(size=shape)

    def _pick(self, fits: Callable[[Shape], bool] = lambda shape: True) -> tuple[Any, Shape]:
        """A tensor that is not too large and whose shape fits; the fed one at worst."""
        found = [pair for pair in self.tensors if fits(pair[1]) and np.prod(pair[1]) <= _LARGEST]
        return self._random.choice(found or self.tensors[3:4])

    def _ranked(self, least: int = 1) -> tuple[Any, Shape]:
        return self._pick(lambda shape: len(shape) >= least)

    def _axis(self, shape: Shape) -> int:
        return self._random.randrange(len(shape))

    def _either_sign(self, axis: int, rank: int) -> int:
        return self._random.choice([axis, axis - rank])

    # -- operations: each returns a tensor and its shape, or None where none fits ------------------

    def unary(self) -> Any:
        tf = self._tf
        x, shape = self._pick()
        functions = [
            tf.tanh, tf.sigmoid, tf.square, tf.nn.softplus, tf.nn.relu, tf.nn.elu, tf.sin, tf.abs,
            tf.negative, tf.nn.selu, tf.erf, tf.atan, tf.nn.softsign, tf.identity,
            lambda x: tf.sqrt(tf.abs(x) + 1), lambda x: tf.log1p(tf.square(x)),
            lambda x: tf.rsqrt(tf.square(x) + 1), lambda x: tf.expm1(tf.tanh(x)),
            lambda x: tf.clip_by_value(x, -1.0, 0.8), lambda x: tf.lgamma(tf.square(x) + 0.5),
            lambda x: tf.stop_gradient(x) * x, lambda x: tf.floormod(x, 0.7),
        ]  # fmt: skip
        return self._random.choice(functions)(x), shape

    def binary(self) -> Any:
        tf = self._tf
        a, shape = self._pick()
        b, other = self._pick(lambda other: _broadcast(shape, other) is not None)
        result = _broadcast(shape, other)
        if result is None:
            return None
        functions = [
            tf.add, tf.multiply, tf.subtract, tf.maximum, tf.minimum, tf.squared_difference,
            lambda a, b: a / (tf.square(b) + 1), lambda a, b: tf.atan2(a, b + 3.0),
            lambda a, b: tf.pow(tf.abs(a) + 0.5, tf.tanh(b)),
            lambda a, b: tf.where(a + 0 * b > b + 0 * a, a + 0 * b, b + 0 * a),
        ]  # fmt: skip
        return self._random.choice(functions)(a, b), result

    def reduction(self) -> Any:
        tf = self._tf
        x, shape = self._ranked()
        axes = self._random.sample(range(len(shape)), self._random.randint(1, len(shape)))
        keeps = self._random.random() < 0.4
        functions = [
            tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min, tf.reduce_prod,
            tf.reduce_logsumexp,
        ]  # fmt: skip
        result = self._random.choice(functions)(
            x, [self._either_sign(axis, len(shape)) for axis in axes], keepdims=keeps
        )
        sizes = [1 if axis in axes else size for axis, size in enumerate(shape)]
        kept = [size for axis, size in enumerate(sizes) if keeps or axis not in axes]
        return result, kept

    def reshape(self) -> Any:
        x, shape = self._pick()
        rest, sizes = int(np.prod(shape)), []
        while rest > 1 and self._random.random() < 0.8:
            sizes.append(self._random.choice([n for n in range(1, rest + 1) if rest % n == 0]))
            rest //= sizes[-1]
        sizes.append(rest)
        self._random.shuffle(sizes)
        wanted = list(sizes)
        wanted[self._axis(sizes)] = -1
        return self._tf.reshape(x, wanted), sizes

    def transpose(self) -> Any:
        x, shape = self._ranked()
        order = self._random.sample(range(len(shape)), len(shape))
        return self._tf.transpose(x, order), [shape[axis] for axis in order]

    def strided_slice(self) -> Any:
        x, shape = self._ranked()
        index: list[Any] = []
        for size in shape:
            index += self._random.choice([
                [self._random.randrange(-size, size)], [slice(None, None, -1)], [slice(None)],
                [slice(self._random.randrange(size), None, 2)], [None, slice(None)],
                [slice(None, -1 if size > 1 else None)],
            ])  # fmt: skip
        cut = tuple(index[: self._random.randint(1, len(index))])
        return x[cut], np.empty(shape)[cut].shape

    def padding(self) -> Any:
        x, shape = self._ranked()
        mode = self._random.choice(["CONSTANT", "REFLECT", "SYMMETRIC"])
        most = [min(2, size - (mode == "REFLECT")) for size in shape]
        sides = [[self._random.randint(0, n), self._random.randint(0, n)] for n in most]
        sizes = [size + sum(side) for size, side in zip(shape, sides, strict=True)]
        return self._tf.pad(x, sides, mode), sizes

    def tiling(self) -> Any:
        x, shape = self._ranked()
        times = [self._random.randint(1, 2) for _ in shape]
        return self._tf.tile(x, times), np.multiply(shape, times)

    def gathering(self) -> Any:
        tf = self._tf
        x, shape = self._ranked()
        axis = self._axis(shape)
        sizes = [self._size() for _ in range(self._random.randint(0, 2))]
        indices = tf.constant(self._numbers.randint(0, shape[axis], sizes), tf.int32)
        result = tf.gather(x, indices, axis=self._either_sign(axis, len(shape)))
        return result, shape[:axis] + sizes + shape[axis + 1 :]

    def segments(self) -> Any:
        tf = self._tf
        x, shape = self._ranked()
        ids = np.sort(self._numbers.randint(0, 3, shape[0]))
        if self._random.random() < 0.5:
            functions = [tf.segment_sum, tf.segment_mean, tf.segment_max, tf.segment_min]
            return self._random.choice(functions)(x, ids), [ids[-1] + 1, *shape[1:]]
        functions = [tf.unsorted_segment_sum, tf.math.unsorted_segment_mean]
        ids = self._numbers.permutation(ids)
        return self._random.choice(functions)(x, ids, 3), [3, *shape[1:]]

    def scattering(self) -> Any:
        x, shape = self._ranked()
        places = self._numbers.randint(0, 3, (shape[0], 1))
        return self._tf.scatter_nd(places, x, [3, *shape[1:]]), [3, *shape[1:]]

    def joining(self) -> Any:
        x, shape = self._ranked()
        axis = self._axis(shape)

        def fits(other: Shape) -> bool:
            return _without(other, axis) == _without(shape, axis) and len(other) == len(shape)

        y, other = self._pick(fits)
        if not fits(other):
            return None
        joined = self._tf.concat([x, y, x], self._either_sign(axis, len(shape)))
        sizes = list(shape)
        sizes[axis] += other[axis] + shape[axis]
        return joined, sizes

    def splitting(self) -> Any:
        x, shape = self._pick(lambda shape: max([0, *shape]) > 1)
        if max(shape) == 1:
            return None
        axis = shape.index(max(shape))
        first = self._random.randint(1, shape[axis] - 1)
        part = self._tf.split(x, [first, shape[axis] - first], axis)[0]
        return part, [*shape[:axis], first, *shape[axis + 1 :]]

    def stacking(self) -> Any:
        x, shape = self._pick()
        axis = self._random.randint(0, len(shape))
        stacked = self._tf.stack([x, self._pick(lambda other: other == shape)[0]], axis)
        if self._random.random() < 0.5:
            return self._tf.unstack(stacked, 2, axis)[1], shape
        return stacked, [*shape[:axis], 2, *shape[axis:]]

    def product(self) -> Any:
        a, shape = self._pick(lambda shape: len(shape) == 2)
        b, other = self._pick(lambda other: len(other) == 2 and other[1] == shape[1])
        if other[1] != shape[1]:
            return None
        rows, columns, others = *shape, other[0]
        if self._random.random() < 0.5:
            return self._tf.matmul(a, b, transpose_b=True), [rows, others]
        equation, sizes = self._random.choice([
            ("ab,cb->ca", [others, rows]), ("ab,cb->b", [columns]), ("ab,cb->", []),
            ("ab,cb->abc", [rows, columns, others]),
        ])  # fmt: skip
        return self._tf.einsum(equation, a, b), sizes

    def along_an_axis(self) -> Any:
        tf = self._tf
        x, shape = self._ranked()
        axis = self._axis(shape)
        options = {name: self._random.random() < 0.5 for name in ("exclusive", "reverse")}
        functions = [
            lambda x: tf.nn.softmax(x, axis=axis), lambda x: tf.nn.log_softmax(x, axis=axis),
            lambda x: tf.nn.l2_normalize(x, axis), lambda x: tf.cumsum(x, axis, **options),
            lambda x: tf.cumprod(x, axis, **options), lambda x: tf.reverse(x, [axis]),
            lambda x: tf.roll(x, 2, axis), lambda x: tf.clip_by_norm(x, 1.0, [axis]),
            lambda x: tf.nn.top_k(x, shape[-1])[0],
        ]  # fmt: skip
        return self._random.choice(functions)(x), shape

    def partition(self) -> Any:
        tf = self._tf
        x, shape = self._ranked()
        which = self._numbers.randint(0, 2, shape[0])
        parts = tf.dynamic_partition(x, which, 2)
        places = tf.dynamic_partition(tf.range(shape[0]), which, 2)
        return tf.dynamic_stitch(places, [parts[0] * 2, tf.sin(parts[1])]), shape

    def mask(self) -> Any:
        x, shape = self._ranked()
        kept = self._numbers.rand(shape[0]) < 0.6
        kept[0] = True
        return self._tf.boolean_mask(x, kept), [kept.sum(), *shape[1:]]

    def condition(self) -> Any:
        tf = self._tf
        x, shape = self._pick()
        limit, variable = self._random.uniform(-1, 1), self.variables[0]
        result = tf.cond(
            tf.reduce_sum(x) > limit,
            lambda: tf.sin(x) * 2,
            lambda: tf.square(x) - tf.reduce_mean(variable),
        )
        return result, shape

    def loop(self) -> Any:
        tf = self._tf
        x, shape = self._pick()
        times, variable = self._random.randint(0, 3), self.variables[0]

        def body(i: Any, a: Any, b: Any) -> Any:
            mean = tf.reduce_mean(a) * tf.reduce_mean(variable)
            return i + 1, tf.tanh(a) + b * 0.5, b * 1.1 + mean

        start = (0, x, tf.zeros_like(x))
        _, a, b = tf.while_loop(lambda i, *_: i < times, body, start)
        return a + b, shape

    def function_of_rows(self) -> Any:
        tf = self._tf
        x, shape = self._ranked()
        variable = self.variables[0]
        kind = self._random.randrange(3)
        if kind == 0:
            result = tf.map_fn(lambda row: tf.sin(row) * tf.reduce_sum(row * row), x)
            return result + tf.reduce_mean(variable), shape
        if kind == 1:
            return tf.scan(lambda total, row: total * 0.5 + tf.tanh(row), x), shape
        return tf.foldl(lambda total, row: total * row + 0.1, x), shape[1:]

    def linear_algebra(self) -> Any:
        tf = self._tf
        x, shape = self._pick(lambda shape: len(shape) == 2)
        size = shape[0]
        square = tf.matmul(x, x, transpose_b=True) + 2 * tf.eye(size, dtype=tf.float64)
        return self._random.choice([
            (tf.cholesky(square), [size, size]), (tf.matrix_inverse(square), [size, size]),
            (tf.log(tf.matrix_determinant(square)), []), (tf.matrix_solve(square, x), shape),
            (tf.matrix_band_part(square, 0, -1), [size, size]),
            (tf.matrix_diag_part(square), [size]), (tf.self_adjoint_eigvals(square), [size]),
            (tf.matrix_triangular_solve(tf.cholesky(square), x), shape),
        ])  # fmt: skip

    def windows(self) -> Any:
        tf = self._tf
        x, shape = self._pick(lambda shape: len(shape) == 3)
        if len(shape) != 3:
            return None
        kind = self._random.randrange(3)
        if kind == 0:
            kernel = self._normal((2, shape[2], 2))
            return tf.nn.conv1d(x, tf.constant(kernel), 1, "SAME"), [*shape[:2], 2]
        pool = [tf.nn.max_pool, tf.nn.avg_pool][kind - 1]
        pooled = pool(x[..., None], [1, 2, 2, 1], [1, 2, 1, 1], "SAME")
        return pooled[..., 0], [shape[0], -(-shape[1] // 2), shape[2]]

    def sizes_of_one(self) -> Any:
        tf = self._tf
        x, shape = self._pick(lambda shape: len(shape) < 4)
        if 1 in shape:
            axis = shape.index(1)
            return tf.squeeze(x, [axis]), _without(shape, axis)
        axis = self._random.randint(0, len(shape))
        expanded = tf.expand_dims(x, self._either_sign(axis, len(shape) + 1))
        sizes = [*shape[:axis], 3, *shape[axis:]]
        return tf.broadcast_to(expanded, sizes), sizes


_MAKERS: list[Callable[[RandomGraph], Any]] = [
    *[RandomGraph.unary, RandomGraph.binary] * 4,
    *[RandomGraph.reduction, RandomGraph.strided_slice, RandomGraph.gathering] * 2,
    RandomGraph.reshape, RandomGraph.transpose, RandomGraph.padding, RandomGraph.tiling,
    RandomGraph.segments, RandomGraph.scattering, RandomGraph.joining, RandomGraph.splitting,
    RandomGraph.stacking, RandomGraph.product, RandomGraph.along_an_axis, RandomGraph.partition,
    RandomGraph.mask, RandomGraph.condition, RandomGraph.loop, RandomGraph.function_of_rows,
    RandomGraph.linear_algebra, RandomGraph.windows, RandomGraph.sizes_of_one,
]  # fmt: skip


def _broadcast(shape: Shape, other: Shape) -> Shape | None:
    try:
        return list(np.broadcast_shapes(tuple(shape), tuple(other)))
    except ValueError:
        return None


def _without(shape: Shape, axis: int) -> Shape:
    return [*shape[:axis], *shape[axis + 1 :]]


def program(tf: Any, seed: int) -> Any:
    """Return the last values, the gradients, and the losses of some steps of training."""
    graph = RandomGraph(tf, seed)
    loss = graph.loss()
    grads = tf.gradients(loss, [*graph.variables, graph.fed])
    train = tf.train.MomentumOptimizer(tf.constant(0.05, tf.float64), 0.9).minimize(
        loss + 0 * tf.add_n([tf.reduce_sum(v) for v in graph.variables])
    )
    fetches = [
        [tensor for tensor, _ in graph.tensors],
        [tf.convert_to_tensor(grad) for grad in grads if grad is not None],
    ]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values, slopes = session.run(fetches, graph.feed)
        for value, (_, shape) in zip(values, graph.tensors, strict=True):
            assert list(np.shape(value)) == shape
        losses = []
        for _ in range(3):
            session.run(train, graph.feed)
            losses.append(session.run(loss, graph.feed))
    return [[np.asarray(item).ravel().tolist() for item in part] for part in (values, slopes)] + [
        np.asarray(losses).tolist()
    ]


PROGRAMS = {str(seed): lambda tf, seed=seed: program(tf, seed) for seed in SEEDS}
