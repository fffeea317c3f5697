"""Programs that only build graphs, written for TensorFlow 1: each takes the module as `tf`.

Both graphflow and TensorFlow run this very source, so that the names and types of all operations
can be compared.
"""

from __future__ import annotations


def softmax_regression(tf):
    x = tf.placeholder(tf.float32, [None, 784])
    w = tf.Variable(tf.zeros([784, 10]))
    b = tf.Variable(tf.zeros([10]))
    y = tf.nn.softmax(tf.matmul(x, w) + b)
    y_ = tf.placeholder(tf.float32, [None, 10])
    cross_entropy = tf.reduce_mean(-tf.reduce_sum(y_ * tf.log(y), reduction_indices=[1]))
    tf.train.GradientDescentOptimizer(0.5).minimize(cross_entropy)
    correct = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
    tf.reduce_mean(tf.cast(correct, tf.float32))
    tf.global_variables_initializer()


def mlp_with_adam(tf):
    x = tf.placeholder(tf.float32, [None, 20], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    with tf.name_scope("hidden"):
        w = tf.Variable(tf.truncated_normal([20, 16], stddev=0.1, seed=1), name="weights")
        b = tf.Variable(tf.constant(0.1, shape=[16]), name="biases")
        hidden = tf.nn.relu(tf.matmul(x, w) + b)
    with tf.name_scope("output"):
        w = tf.Variable(tf.random_normal([16, 5], seed=2), name="weights")
        b = tf.Variable(tf.zeros([5]), name="biases")
        logits = tf.nn.xw_plus_b(hidden, w, b)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss"
    )
    step = tf.train.get_or_create_global_step()
    tf.train.AdamOptimizer(1e-3).minimize(loss, global_step=step)
    tf.global_variables_initializer()


def convolutional_network(tf):
    def weight(shape):
        return tf.Variable(tf.truncated_normal(shape, stddev=0.1))

    def bias(shape):
        return tf.Variable(tf.constant(0.1, shape=shape))

    x = tf.placeholder(tf.float32, [None, 784])
    y_ = tf.placeholder(tf.float32, [None, 10])
    keep_prob = tf.placeholder(tf.float32)
    image = tf.reshape(x, [-1, 28, 28, 1])
    conv = tf.nn.conv2d(image, weight([5, 5, 1, 8]), strides=[1, 1, 1, 1], padding="SAME")
    hidden = tf.nn.relu(conv + bias([8]))
    pooled = tf.nn.max_pool(hidden, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    average = tf.nn.avg_pool(pooled, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    flat = tf.reshape(average, [-1, 7 * 7 * 8])
    dense = tf.nn.relu(tf.matmul(flat, weight([7 * 7 * 8, 32])) + bias([32]))
    dropped = tf.nn.dropout(dense, keep_prob)
    logits = tf.matmul(dropped, weight([32, 10])) + bias([10])
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y_, logits=logits))
    tf.train.AdamOptimizer(1e-4).minimize(loss)
    tf.global_variables_initializer()


def variable_scopes(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")

    def layer(x, size):
        w = tf.get_variable("w", [x.shape[-1], size], initializer=tf.zeros_initializer())
        b = tf.get_variable("b", [size], initializer=tf.constant_initializer(0.5))
        return tf.tanh(tf.matmul(x, w) + b)

    with tf.variable_scope("first"):
        hidden = layer(x, 3)
    with tf.variable_scope("second", initializer=tf.random_uniform_initializer(-1, 1, seed=3)):
        w = tf.get_variable("w", [3, 2])
        with tf.variable_scope("inner"):
            v = tf.get_variable("v", [2], initializer=tf.ones_initializer(), trainable=False)
        out = tf.matmul(hidden, w) * v
    with tf.variable_scope("first", reuse=True):
        layer(x, 3)
    with tf.variable_scope("second", reuse=tf.AUTO_REUSE):
        tf.get_variable("w", [3, 2])
        tf.get_variable("new", [2], initializer=tf.glorot_uniform_initializer(seed=1))
    tf.reduce_sum(out)
    tf.variables_initializer(tf.trainable_variables())


def resource_variables(tf):
    with tf.variable_scope("model", use_resource=True):
        w = tf.get_variable("w", [3, 2], initializer=tf.ones_initializer())
        b = tf.get_variable("b", [2], initializer=tf.zeros_initializer())
    x = tf.placeholder(tf.float32, [None, 3])
    loss = tf.reduce_sum(tf.square(tf.matmul(x, w) + b))
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    w.assign_add(tf.ones([3, 2]))
    tf.global_variables_initializer()


def operators(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float32, [3], name="y")
    n = tf.placeholder(tf.int32, [2, 3], name="n")
    p = tf.placeholder(tf.bool, [3], name="p")
    x + y, x - y, x * y, x / y, x // y, x % y, x**y
    1 + x, 1.5 - x, 2 * x, 3 / x, 2.0**x
    n // 2, n % 2, n / 2
    -x, abs(x), x < y, x <= 1, x > y, x >= 2
    p & p, p | p, p ^ p, ~p
    x[0], x[:, 1], x[..., None], x[::2, -1], x[1:, tf.newaxis]
    tf.matmul(x, x, transpose_b=True) @ x


def array_functions(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    d = tf.placeholder(tf.float32, None, name="d")
    tf.shape(x), tf.shape(d), tf.size(d), tf.rank(d)
    tf.concat([x, x], 0), tf.stack([x, x], axis=1), tf.unstack(x), tf.split(x, 3, axis=1)
    tf.split(x, [1, 2], 1)
    tf.reshape(x, [-1]), tf.expand_dims(x, 0), tf.squeeze(tf.expand_dims(x, 0), [0])
    tf.transpose(x), tf.transpose(d), tf.transpose(x, [1, 0], name="t")
    tf.tile(x, [1, 2]), tf.pad(x, [[1, 0], [0, 2]]), tf.reverse(x, [0])
    tf.gather(x, [0, 1]), tf.gather_nd(x, [[0, 1]]), tf.slice(x, [0, 1], [1, -1])
    tf.one_hot([0, 2], 3), tf.where(x > 0, x, x), tf.where(x > 0)
    tf.zeros_like(x), tf.zeros_like(d), tf.ones_like(x), tf.ones_like(d), tf.fill([2, 2], 1.0)
    tf.zeros([2, 3]), tf.zeros([100, 100]), tf.ones(tf.shape(d)), tf.range(5), tf.range(1.0, 2.0)
    tf.linspace(0.0, 1.0, 5), tf.eye(3), tf.identity(x), tf.stop_gradient(x)
    tf.boolean_mask(x, [True, False]), tf.sequence_mask([1, 3], 4)
    tf.convert_to_tensor([x, x]), tf.constant([[1, 2]], name="c"), tf.unique([1, 1, 2])
    tf.broadcast_to(x, [4, 2, 3]), tf.meshgrid([1, 2], [3, 4]), tf.scatter_nd([[0]], [1.0], [3])
    tf.matrix_band_part(x, 0, -1), tf.diag([1.0, 2.0]), tf.cast(x, tf.int32), tf.to_int32(x)
    tf.dynamic_partition(x, [0, 1], 2), tf.dynamic_stitch([[0], [1]], [[1.0], [2.0]])


def gradients_of_functions(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.placeholder(tf.float32, [3], name="y")
    u = tf.placeholder(tf.float32, [None, 3], name="u")
    outputs = [
        (x + y) * x - y / x,
        tf.exp(x) * tf.sigmoid(y) + tf.tanh(x),
        tf.reduce_mean(x, 1),
        tf.reduce_max(u, 1),
        tf.reduce_sum(u * y, 0),
        tf.reduce_prod(x),
        tf.concat([x, x * 2.0], 1),
        tf.gather(x, [0, 0, 1]),
        x[:, 1:],
        tf.transpose(x),
        tf.maximum(x, y),
        tf.where(x > 0, x, 2.0 * x),
        tf.stack([y, y * y]),
        tf.pad(x, [[1, 1], [0, 2]]),
        tf.tile(x, [2, 1]),
        tf.matmul(u, x, transpose_b=True),
        tf.square(u) + tf.sqrt(u) + tf.log(u) + tf.rsqrt(u) + tf.pow(u, 2.0) + tf.abs(u),
        tf.nn.softmax(x) + tf.nn.log_softmax(x) + tf.nn.relu(x) + tf.nn.softplus(x),
        tf.nn.l2_loss(u),
        tf.expand_dims(x, 1),
        tf.squeeze(tf.reshape(x, [2, 1, 3])),
        tf.cumsum(x),
        tf.add_n([x, 2.0 * x]),
        tf.cast(tf.cast(x, tf.float64), tf.float32),
        tf.clip_by_value(x, 0.0, 1.0),
        tf.unstack(x)[0],
        tf.split(x, 3, 1)[1],
        tf.reduce_logsumexp(x),
        tf.squared_difference(x, y),
        tf.fill([2, 2], x[0, 0]),
    ]
    for output in outputs:
        tf.gradients(output, [x, y, u])
    (first,) = tf.gradients(x**3.0, x)
    tf.gradients(first, x)


def names_and_control(tf):
    a = tf.constant(1.0, name="a")
    b = tf.constant(2.0, name="a")
    with tf.name_scope("outer") as scope:
        c = tf.add(a, b, name="sum")
        with tf.name_scope("inner"):
            d = tf.add(a, c, name="sum")
        with tf.name_scope("inner"):
            e = a * d
    with tf.name_scope(scope):
        f = tf.identity(e)
    with tf.control_dependencies([c, d]):
        g = tf.identity(f, name="after")
        with tf.control_dependencies(None):
            tf.constant(3.0)
    tf.group(c, d, g), tf.tuple([c, g]), tf.no_op()
    with tf.name_scope(None):
        tf.constant(4.0, name="top")
    with tf.name_scope("outer"):
        tf.constant(5.0)
    tf.add(a, b), tf.add(a, b), tf.add(a, b, name="Add")


def variables_and_assignments(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    n = tf.Variable(0, name="n", trainable=False)
    tf.assign(v, [3.0, 4.0]), tf.assign_add(n, 1), tf.assign_sub(v, v * 0.5)
    v.assign(v + 1.0), v.read_value(), n.count_up_to(10), v.initialized_value()
    tf.scatter_update(v, [0], [9.0]), tf.scatter_add(v, [1], [1.0])
    v[0], v * 2.0, -v, v + v
    tf.is_variable_initialized(v), tf.report_uninitialized_variables()
    tf.variables_initializer([v, n])


def optimizers(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w)), name="loss")
    step = tf.Variable(0, trainable=False, name="step")
    rate = tf.train.exponential_decay(0.1, step, 100, 0.96, staircase=True)
    tf.train.MomentumOptimizer(rate, 0.9).minimize(loss, global_step=step)
    tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True, name="Nesterov").minimize(loss)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    pairs = optimizer.compute_gradients(loss)
    clipped, _ = tf.clip_by_global_norm([grad for grad, _ in pairs], 5.0)
    optimizer.apply_gradients([(grad, pair[1]) for grad, pair in zip(clipped, pairs, strict=True)])
    tf.global_variables_initializer()


def sparse_gradients(tf):
    table = tf.Variable(tf.ones([10, 4]), name="table")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    loss = tf.reduce_sum(tf.square(tf.gather(table, ids)))
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    tf.train.AdamOptimizer(0.1).minimize(loss)
    tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    both = tf.reduce_sum(tf.gather(table, [1, 1]) * tf.gather(table, [2, 3]))
    tf.gradients(both, table)


def synchronous_training(tf):
    table = tf.Variable(tf.ones([10, 4]), name="table")
    w = tf.Variable([1.0, 2.0, 3.0, 4.0], name="w")
    unused = tf.Variable(0.0, name="unused")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    loss = tf.reduce_sum(tf.gather(table, ids) * w)
    step = tf.train.get_or_create_global_step()
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.MomentumOptimizer(0.1, 0.9), 3, 4)
    pairs = optimizer.compute_gradients(loss, [table, w, unused])
    optimizer.apply_gradients(pairs, global_step=step)
    optimizer.get_init_tokens_op()
    optimizer.make_session_run_hook(True, num_tokens=0).begin()


def math_functions(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    d = tf.placeholder(tf.float32, None, name="d")
    tf.add(x, 1.0), tf.subtract(x, x), tf.multiply(x, 2.0), tf.divide(x, 2.0), tf.pow(x, 2.0)
    tf.truediv(x, x), tf.floordiv(x, x), tf.mod(x, x), tf.maximum(x, 0.0), tf.minimum(x, x)
    tf.exp(x), tf.log(x), tf.sqrt(x), tf.rsqrt(x), tf.square(x), tf.sin(x), tf.cos(x), tf.tanh(x)
    tf.sigmoid(x), tf.floor(x), tf.ceil(x), tf.round(x), tf.sign(x), tf.abs(x), tf.negative(x)
    tf.reduce_sum(x), tf.reduce_sum(d), tf.reduce_mean(x, 1), tf.reduce_max(x, axis=0)
    tf.reduce_min(x, [0, 1]), tf.reduce_prod(d, keepdims=True), tf.reduce_any(x > 0)
    tf.reduce_all(x > 0, 1), tf.reduce_logsumexp(x, 1), tf.argmax(x, 1), tf.argmin(x)
    tf.cumsum(x, 1), tf.cumprod(x, 0), tf.add_n([x, x])
    tf.squared_difference(x, 1.0), tf.logical_and(x > 0, x < 1), tf.logical_not(x > 0)
    tf.equal(x, 1.0), tf.not_equal(x, x), tf.less(x, 1.0), tf.greater_equal(x, 1.0)
    tf.clip_by_value(x, 0.0, 1.0), tf.clip_by_norm(x, 1.0), tf.tensordot(x, x, [[1], [1]])
    tf.matmul(x, x, transpose_a=True), tf.unsorted_segment_sum(x, [0, 1], 2)
    tf.is_nan(x), tf.is_finite(x), tf.erf(x), tf.lgamma(x), tf.scalar_mul(2.0, x)
    tf.reduce_sum(tf.matmul(tf.zeros([4, 2, 3]), tf.zeros([4, 3, 2])))


def nn_functions(tf):
    x = tf.placeholder(tf.float32, [2, 6, 6, 3], name="x")
    m = tf.placeholder(tf.float32, [None, 4], name="m")
    labels = tf.placeholder(tf.float32, [None, 4], name="labels")
    ones = tf.ones([3])
    mean, variance = tf.nn.moments(x, [0, 1, 2])
    tf.nn.batch_normalization(x, mean, variance, ones, ones, 1e-3)
    tf.nn.relu6(x), tf.nn.elu(x), tf.nn.selu(x), tf.nn.leaky_relu(x), tf.nn.softplus(x)
    tf.nn.softsign(x), tf.nn.crelu(m), tf.nn.l2_loss(x), tf.nn.l2_normalize(m, 1)
    tf.nn.softmax(m), tf.nn.log_softmax(m)
    tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=m)
    tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=m)
    tf.nn.weighted_cross_entropy_with_logits(labels, m, 2.0)
    tf.nn.log_poisson_loss(labels, m), tf.nn.log_poisson_loss(labels, m, True, "full")
    tf.nn.scale_regularization_loss(m)
    tf.nn.bias_add(x, ones), tf.nn.top_k(m, 2), tf.nn.in_top_k(m, [1, 2], 2)
    tf.nn.conv2d_transpose(x, tf.ones([3, 3, 2, 3]), [2, 12, 12, 2], [1, 2, 2, 1])


def sliding_windows(tf):
    x1, x2, x3 = (tf.placeholder(tf.float32, [2, *([8] * rank), 3]) for rank in (1, 2, 3))
    once, twice = [1, 1, 1, 1], [1, 2, 2, 1]
    w2 = tf.ones([3, 3, 3, 2])
    tf.nn.conv1d(x1, tf.ones([3, 3, 4]), 2, "SAME")
    tf.nn.conv1d(tf.transpose(x1, [0, 2, 1]), tf.ones([3, 3, 4]), 2, "SAME", data_format="NCW")
    tf.nn.conv1d_transpose(x1, tf.ones([3, 4, 3]), [2, 16, 4], 2, name="back")
    tf.nn.conv3d(x3, tf.ones([3, 3, 3, 3, 4]), [1, 1, 1, 1, 1], "SAME")
    tf.nn.conv3d_transpose(x3, tf.ones([3, 3, 3, 4, 3]), [2, 8, 8, 8, 4], [1, 1, 1, 1, 1])
    tf.nn.conv_transpose(x2, tf.ones([3, 3, 4, 3]), [2, 16, 16, 4], 2)
    tf.nn.convolution(x2, w2, "SAME", [2, 2]), tf.nn.convolution(x1, w2[0], "SAME", name="short")
    tf.nn.atrous_conv2d(x2, w2, 1, "SAME")
    (
        tf.nn.depthwise_conv2d(x2, w2, once, "SAME"),
        tf.nn.depthwise_conv2d_native(x2, w2, once, "SAME"),
    )
    tf.nn.separable_conv2d(x2, w2, tf.ones([1, 1, 6, 5]), twice, "SAME")
    tf.nn.max_pool1d(x1, 2, 1, "SAME"), tf.nn.avg_pool1d(x1, 2, 1, "SAME")
    tf.nn.max_pool3d(x3, 2, 2, "SAME"), tf.nn.avg_pool3d(x3, 2, 2, "SAME", name="average")
    tf.nn.max_pool_v2(x2, 2, 2, "SAME"), tf.nn.avg_pool_v2(x2, 2, 2, "SAME")
    tf.nn.pool(x2, [2, 2], "AVG", "SAME"), tf.nn.pool(x1, [2], "MAX", "VALID")
    tf.nn.pool(x2, [2, 2], "AVG", "VALID", dilation_rate=[2, 3])
    tf.nn.max_pool_with_argmax(x2, twice, twice, "SAME")
    tf.nn.fractional_max_pool(x2, [1, 1.5, 1.5, 1]), tf.nn.fractional_avg_pool(x2, [1, 1.5, 1.5, 1])
    tf.nn.lrn(x2), tf.nn.dilation2d(x2, w2[..., 0], once, once, "SAME")
    tf.nn.erosion2d(x2, w2[..., 0], once, once, "SAME")
    tf.extract_image_patches(x2, [1, 3, 3, 1], twice, once, "SAME")
    tf.image.extract_patches(x2, [1, 3, 3, 1], twice, once, "SAME", name="patches")
    tf.extract_volume_patches(x3, [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], "SAME")
    tf.space_to_depth(x2, 2), tf.depth_to_space(tf.ones([1, 2, 2, 4]), 2)
    tf.space_to_batch_nd(x2, [2, 2], [[0, 0], [0, 0]])
    tf.batch_to_space_nd(tf.ones([4, 1, 1, 1]), [2, 2], [[0, 0], [0, 0]], name="again")


def random_numbers(tf):
    x = tf.placeholder(tf.float32, [3, 1])
    tf.set_random_seed(87)
    tf.random_uniform([2, 3], 1.0, 5.0), tf.random_uniform([2], 0, 10, tf.int32)
    tf.random_normal([2, 3], 1.0, 2.0), tf.truncated_normal([2, 3]), tf.random_shuffle([1, 2, 3])
    tf.multinomial([[0.5, 0.5]], 3)
    tf.random_gamma([2], 1.5), tf.random_gamma([2], [1.5, 2.5], x), tf.random_poisson([0.5], [2])


def embedding_lookups(tf):
    ids = tf.placeholder(tf.int32, [None, 2], name="ids")
    table = tf.placeholder(tf.float32, [5, 3], name="table")
    tf.nn.embedding_lookup(table, ids), tf.nn.embedding_lookup(table, ids, max_norm=1.0)
    shards = [tf.placeholder(tf.float32, [rows, 3]) for rows in (2, 2, 1)]
    tf.nn.embedding_lookup(shards, ids), tf.nn.embedding_lookup(shards, ids, "div", "rows")
    unknown = [tf.placeholder(tf.float32, None, name="shard"), tf.placeholder(tf.float32)]
    tf.nn.embedding_lookup(unknown, ids, max_norm=2.0)
    tf.nn.embedding_lookup(unknown, tf.placeholder(tf.int64), partition_strategy="div")
    for name, options in {"ref": {}, "resource": {"use_resource": True}}.items():
        variable = tf.get_variable(name, [5, 3], initializer=tf.ones_initializer(), **options)
        found = tf.nn.embedding_lookup(variable, ids)
        tf.gradients(found, variable)
        cut = tf.fixed_size_partitioner(2)
        parts = tf.get_variable(
            f"{name}_parts", [5, 3], initializer=tf.ones_initializer(), partitioner=cut, **options
        )
        tf.gradients(tf.nn.embedding_lookup(parts, ids, "div"), list(parts))


def sampled_losses(tf):
    weights = tf.placeholder(tf.float32, [10, 3], name="w")
    biases = tf.placeholder(tf.float32, [10], name="b")
    labels = tf.placeholder(tf.int64, [None, 1], name="labels")
    inputs = tf.placeholder(tf.float32, [None, 3], name="inputs")
    tf.nn.nce_loss(weights, biases, labels, inputs, 5, 10)
    tf.nn.sampled_softmax_loss(weights, biases, labels, inputs, 5, 10, seed=3)
    parts = tf.get_variable("parts", [10, 3], partitioner=tf.fixed_size_partitioner(2))
    small = tf.cast(labels, tf.int32)
    sampled = tf.nn.uniform_candidate_sampler(labels, 1, 4, True, 10)
    tf.nn.nce_loss(parts, biases, small, inputs, 4, 10, 1, sampled, True, "div", "parts_loss")


def linear_algebra(tf):
    tall = tf.placeholder(tf.float32, [4, 3], name="tall")
    rhs = tf.placeholder(tf.float32, [4, 2], name="rhs")
    tf.norm(tall), tf.norm(tall, 1, axis=1), tf.norm(tall, 3, 0, True), tf.norm(tall, 2.5)
    tf.norm(tall, "fro", [0, 1]), tf.norm(tall, 1, [0, 1]), tf.norm(tall, float("inf"), 1, name="n")
    tf.linalg.normalize(tall), tf.linalg.normalize(tall, 1, axis=0)
    tf.matrix_solve_ls(tall, rhs), tf.matrix_solve_ls(tall, rhs, fast=False)
    square = tf.placeholder(tf.float32, [None, 3, 3], name="square")
    chol = tf.cholesky(square)
    tf.cholesky_solve(chol, square), tf.cholesky_solve(chol, square, name="solution")
    tf.matrix_inverse(square), tf.matrix_inverse(square, adjoint=True, name="adjoint_inverse")
    tf.matrix_solve(square, square), tf.matrix_triangular_solve(square, square, lower=False)
    tf.svd(square), tf.svd(square, compute_uv=False), tf.self_adjoint_eig(square)
    tf.self_adjoint_eigvals(square), tf.qr(square), tf.linalg.lu(square), tf.linalg.slogdet(square)
    tf.linalg.adjoint(square), tf.linalg.adjoint(tf.cast(square, tf.complex64))
    tf.matrix_square_root(square), tf.linalg.logm(tf.complex(square, square))
    tf.linalg.tridiagonal_solve(square, square), tf.linalg.tridiagonal_solve(square[0], rhs[:3, 0])
    tf.cross(square, square), tf.linalg.matvec(square, square[0])
    for value in (tf.matrix_determinant(square), tf.matrix_inverse(square), chol):
        tf.gradients(value, square)


def fourier_transforms(tf):
    signal = tf.placeholder(tf.float32, [None, 4, 6], name="signal")
    spectrum = tf.placeholder(tf.complex64, [2, 4, 6], name="spectrum")
    unknown = tf.placeholder(tf.float32, name="unknown")
    tf.fft(spectrum), tf.ifft2d(spectrum), tf.fft3d(spectrum, name="three")
    tf.signal.rfft(signal), tf.signal.rfft(signal, [5]), tf.signal.rfft(signal, [9])
    tf.signal.rfft2d(signal), tf.signal.rfft2d(signal, [4, 8], name="two")
    tf.signal.irfft(spectrum), tf.signal.irfft(spectrum, [7]), tf.signal.irfft2d(spectrum, [4, 15])
    tf.signal.rfft(unknown), tf.signal.rfft(unknown, [4])
    loose = tf.placeholder(tf.complex64, [None, None, None], name="loose")
    tf.signal.irfft2d(loose), tf.signal.irfft(loose)


def string_functions(tf):
    s = tf.placeholder(tf.string, [None], name="s")
    m = tf.placeholder(tf.string, [2, 3], name="m")
    tf.string_join([s, "x"], "-"), tf.string_split(s), tf.string_split(s, ",")
    tf.strings.split(s, sep=","), tf.reduce_join(m), tf.reduce_join(m, 1)
    tf.reduce_join(tf.placeholder(tf.string)), tf.strings.unsorted_segment_join(s, [0], 2)
    tf.substr(s, 1, 2), tf.strings.length(s), tf.strings.lower(s), tf.strings.upper(s)
    tf.string_strip(s), tf.regex_replace(s, "a", "b"), tf.regex_replace(s, tf.constant("a"), "b")
    tf.strings.regex_full_match(s, "a"), tf.string_to_number(s), tf.as_string([1, 2])
    tf.string_to_hash_bucket(s, 3), tf.string_to_hash_bucket_fast(s, 3)
    tf.string_to_hash_bucket_strong(s, 3, [1, 2]), tf.strings.format("{}", (s,))
    tf.fingerprint(s), tf.decode_raw(s, tf.int32), tf.decode_csv(s, [[1], [""]])
    tf.decode_base64(s), tf.encode_base64(s), tf.decode_compressed(s), tf.serialize_tensor(m)
    tf.parse_tensor("a", tf.int32), tf.read_file("f"), tf.write_file("f", "c")
    tf.matching_files("f*"), tf.strings.unicode_transcode(s, "UTF-8", "UTF-8")
    tf.strings.unicode_script([1]), tf.decode_json_example(s)


def lookup_tables(tf):
    keys = tf.constant(["a"])
    words = tf.lookup.KeyValueTensorInitializer(["a"], [1])
    table = tf.lookup.StaticHashTable(words, -1)
    table.lookup(keys), table.size(), table.export()
    lines = tf.lookup.TextFileInitializer("f", tf.string, -2, tf.int64, -1)
    tf.lookup.StaticHashTable(lines, -1, name="named").lookup(keys)
    numbers = tf.lookup.KeyValueTensorInitializer(["a"], tf.constant([0], tf.int64))
    vocabulary = tf.lookup.StaticVocabularyTable(numbers, 2)
    vocabulary.lookup(keys), vocabulary.size()
    tf.tables_initializer()


def sparse_tensors(tf):
    x = tf.sparse_placeholder(tf.float32, name="x")
    i = tf.sparse_placeholder(tf.int64, name="i")
    d = tf.placeholder(tf.float32, [3, 2], name="d")
    e = tf.placeholder(tf.float32, [2, 3], name="e")
    s = tf.constant([0, 0, 1], name="s")
    tf.sparse_tensor_dense_matmul(x, d), tf.sparse.matmul(x, e, adjoint_b=True, name="product")
    tf.sparse_tensor_to_dense(x), tf.sparse_to_dense([[0]], [3], [1.0], name="dense")
    tf.sparse_add(x, e), tf.sparse_reduce_sum(x, 1), tf.sparse_reduce_max_sparse(x, [0])
    tf.sparse_softmax(x), tf.sparse_maximum(x, x), tf.sparse_minimum(x, x, name="least")
    x * e, x / e, e * x
    tf.sparse_reorder(x), tf.sparse_reshape(x, [3, -1]), tf.sparse_retain(x, [True])
    tf.sparse_slice(x, [0, 0], [1, 2]), tf.sparse_fill_empty_rows(x, 2.0)
    tf.sparse_split(sp_input=x, num_split=3, axis=1), tf.sparse_concat(1, [x, x])
    tf.sparse.from_dense(e)
    tf.sets.union(i, i), tf.sets.set_difference(i, tf.zeros([2, 3], tf.int64)), tf.sets.size(i)
    tf.deserialize_many_sparse(tf.serialize_many_sparse(x), tf.float32), tf.serialize_sparse(x)
    tf.segment_sum(d, s), tf.segment_max(d, s), tf.unsorted_segment_sum(d, s, 2, name="sums")
    tf.sparse_segment_mean(d, s, s), tf.sparse_segment_sum(d, s, s, num_segments=2)


PROGRAMS = {
    function.__name__: function
    for function in (
        softmax_regression,
        mlp_with_adam,
        convolutional_network,
        sparse_tensors,
        variable_scopes,
        resource_variables,
        operators,
        array_functions,
        gradients_of_functions,
        names_and_control,
        variables_and_assignments,
        optimizers,
        sparse_gradients,
        synchronous_training,
        math_functions,
        nn_functions,
        sliding_windows,
        random_numbers,
        embedding_lookups,
        sampled_losses,
        linear_algebra,
        fourier_transforms,
        string_functions,
        lookup_tables,
    )
}
