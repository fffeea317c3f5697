"""Programs of the kinds that papers and tutorials come with: each takes the module as `tf`.

Both graphflow and TensorFlow run this very source. Each program returns lists of numbers and texts:
losses step by step, results, names.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def normal(seed: int, *shape: int) -> Any:
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def started(tf: Any) -> Any:
    """A session with initialized variables."""
    session = tf.Session()
    session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    return session


def plain(value: Any) -> Any:
    """What a run returns, as it is after a way through JSON."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def class_of_error(function: Any, *args: Any) -> str:
    try:
        function(*args)
    except Exception as error:
        return type(error).__name__
    return "none"


# -- models ----------------------------------------------------------------------------------------


def skip_gram(tf: Any) -> Any:
    """Word vectors by noise-contrastive estimation, and the nearest words."""
    words, size = 50, 8
    center = tf.placeholder(tf.int32, [16])
    context = tf.placeholder(tf.int32, [16, 1])
    table = tf.Variable(tf.random_uniform([words, size], -1.0, 1.0, seed=1))
    weights = tf.Variable(tf.truncated_normal([words, size], stddev=0.3, seed=2))
    biases = tf.Variable(tf.zeros([words]))
    embedded = tf.nn.embedding_lookup(table, center)
    noise = tf.nn.log_uniform_candidate_sampler(
        tf.cast(context, tf.int64), 1, 6, True, words, seed=5
    )
    arguments = {"weights": weights, "biases": biases, "labels": context, "inputs": embedded}
    arguments |= {"num_sampled": 6, "num_classes": words, "sampled_values": noise}
    nce = tf.reduce_mean(tf.nn.nce_loss(**arguments))
    softmax = tf.reduce_mean(tf.nn.sampled_softmax_loss(**arguments))
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(1.0, step, 5, 0.9)
    train = tf.train.GradientDescentOptimizer(rate).minimize(nce + softmax, step)
    unit = table / tf.sqrt(tf.reduce_sum(tf.square(table), 1, keepdims=True))
    nearness = tf.matmul(tf.nn.embedding_lookup(unit, [1, 2, 3]), unit, transpose_b=True)
    losses = []
    with started(tf) as session:
        for number in range(12):
            draw = np.random.RandomState(number)
            feed = {center: draw.randint(0, words, 16), context: draw.randint(0, words, (16, 1))}
            losses.append(session.run([nce, softmax, train], feed)[:2])
        return plain([losses, session.run(nearness)])


def variational_autoencoder(tf: Any) -> Any:
    x = tf.placeholder(tf.float32, [None, 20])

    def dense(inputs: Any, size: int, seed: int) -> Any:
        w = tf.get_variable(
            f"w{seed}", [inputs.shape[1], size],
            initializer=tf.glorot_normal_initializer(seed=seed),
        )  # fmt: skip
        return tf.nn.bias_add(tf.matmul(inputs, w), tf.Variable(tf.zeros([size])))

    hidden = tf.nn.softplus(dense(x, 16, 1))
    mean, log_variance = dense(hidden, 4, 2), dense(hidden, 4, 3)
    noise = tf.random_normal(tf.shape(mean), seed=9)
    code = mean + tf.exp(0.5 * log_variance) * noise
    logits = dense(tf.nn.leaky_relu(dense(code, 16, 4)), 20, 5)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
    divergence = -0.5 * tf.reduce_sum(1 + log_variance - tf.square(mean) - tf.exp(log_variance), 1)
    cost = tf.reduce_mean(tf.reduce_sum(losses, 1) + divergence)
    optimizer = tf.train.AdamOptimizer(0.01, beta1=0.5)
    pairs = [(tf.clip_by_norm(g, 5.0), v) for g, v in optimizer.compute_gradients(cost)]
    train = optimizer.apply_gradients(pairs)
    costs = []
    with started(tf) as session:
        for number in range(15):
            feed = {x: np.random.RandomState(number).rand(8, 20)}
            costs.append(session.run([cost, divergence, train], feed)[:2])
        decoded = session.run(tf.sigmoid(logits), {code: normal(1, 3, 4)})
    return plain([costs, decoded])


def adversarial_pair(tf: Any) -> Any:
    """Two nets that train each other, with shared variables and moving averages to update."""
    z = tf.placeholder(tf.float32, [8, 6])
    images = tf.placeholder(tf.float32, [8, 8, 8, 1])
    is_training = tf.placeholder(tf.bool)

    def drawn(seed: int) -> Any:
        return tf.truncated_normal_initializer(stddev=0.1, seed=seed)

    def generator() -> Any:
        with tf.variable_scope("generator"):
            h = tf.layers.dense(z, 32, use_bias=False, kernel_initializer=drawn(1))
            h = tf.layers.batch_normalization(
                tf.reshape(h, [-1, 2, 2, 8]), training=is_training, momentum=0.8, fused=False
            )
            h = tf.layers.conv2d_transpose(
                tf.nn.relu(h), 4, 5, 2, "same", use_bias=False, kernel_initializer=drawn(2)
            )
            h = tf.nn.relu(tf.layers.batch_normalization(h, training=is_training, momentum=0.8))
            w = tf.get_variable("w", [5, 5, 1, 4], initializer=drawn(3))
            return tf.tanh(tf.nn.conv2d_transpose(h, w, [8, 8, 8, 1], [1, 2, 2, 1]))

    def discriminator(x: Any, reuse: bool) -> Any:
        with tf.variable_scope("discriminator", reuse=reuse):
            h = tf.layers.conv2d(x, 4, 5, 2, "same", kernel_initializer=drawn(4))
            h = tf.layers.conv2d(
                tf.nn.leaky_relu(h), 8, 5, 2, "same", use_bias=False, kernel_initializer=drawn(5)
            )
            h = tf.nn.leaky_relu(tf.layers.batch_normalization(h, training=is_training))
            return tf.layers.dense(tf.layers.flatten(h), 1, kernel_initializer=drawn(6))

    def loss(logits: Any, label: float) -> Any:
        labels = tf.ones_like(logits) * label
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return tf.reduce_mean(losses)

    fake = generator()
    of_fake = discriminator(fake, reuse=False)
    losses = [loss(discriminator(images, reuse=True), 0.9) + loss(of_fake, 0.0), loss(of_fake, 1.0)]
    trains = []
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        for target, scope in zip(losses, ("discriminator", "generator"), strict=True):
            optimizer = tf.train.AdamOptimizer(2e-3, 0.5)
            trains.append(optimizer.minimize(target, var_list=tf.trainable_variables(scope)))
    found = []
    with started(tf) as session:
        for number in range(6):
            feed = {z: normal(number, 8, 6), images: np.tanh(normal(number + 50, 8, 8, 8, 1))}
            for train in trains:
                session.run(train, {**feed, is_training: True})
            found.append(session.run(losses, {**feed, is_training: False}))
        picture = session.run(fake, {z: normal(3, 8, 6), is_training: False})
    return plain([found, picture, [v.name for v in tf.global_variables()]])


def deep_q_learning(tf: Any) -> Any:
    """Two nets of one form, of which the second follows the first."""
    state = tf.placeholder(tf.float32, [None, 4])
    action = tf.placeholder(tf.int32, [None])
    target = tf.placeholder(tf.float32, [None])

    def net(name: str) -> Any:
        with tf.variable_scope(name):
            init = tf.random_normal_initializer(0.0, 0.3, seed=1)
            h = tf.layers.dense(state, 10, tf.nn.relu, kernel_initializer=init)
            return tf.layers.dense(h, 3, kernel_initializer=init)

    values, later = net("eval"), net("target")
    pairs = list(zip(tf.trainable_variables("eval"), tf.trainable_variables("target"), strict=True))
    copies = [tf.assign(new, old) for old, new in pairs]
    follow = [new.assign(0.9 * new + 0.1 * old) for old, new in pairs]
    places = tf.stack([tf.range(tf.shape(action)[0]), action], 1)
    taken = tf.gather_nd(values, places)
    same = tf.reduce_sum(values * tf.one_hot(action, 3), 1)
    loss = tf.reduce_mean(tf.squared_difference(target, taken))
    loss += tf.losses.huber_loss(target, same)
    train = tf.train.RMSPropOptimizer(0.01).minimize(loss)
    losses = []
    with started(tf) as session:
        for number in range(20):
            if number % 5 == 0:
                session.run(copies)
            seen = normal(number, 6, 4)
            reward = session.run(later, {state: seen}).max(1) * 0.9 + 1
            feed = {state: seen, action: np.arange(6) % 3, target: reward}
            losses.append(session.run([loss, train], feed)[0])
            session.run(follow)
        return plain([losses, session.run([tf.argmax(values, 1), later], {state: seen})])


def actor_and_critic(tf: Any) -> Any:
    """A policy whose actions are drawn, with wide orthogonal weights and clipped gradients."""
    seen = tf.placeholder(tf.float32, [None, 4])
    action = tf.placeholder(tf.int32, [None])
    reward = tf.placeholder(tf.float32, [None])
    init = tf.orthogonal_initializer(seed=3)
    h = tf.layers.dense(seen, 8, tf.tanh, kernel_initializer=init)
    logits = tf.layers.dense(h, 3, kernel_initializer=tf.variance_scaling_initializer(seed=1))
    value = tf.layers.dense(h, 1, kernel_initializer=tf.glorot_uniform_initializer(seed=2))
    value = tf.squeeze(value, 1)
    sample = tf.squeeze(tf.multinomial(logits, 1, seed=7), axis=1)
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=action, logits=logits)
    shares = tf.nn.softmax(logits)
    entropy = -tf.reduce_sum(shares * tf.log(shares + 1e-8), 1)
    advantage = tf.stop_gradient(reward - value)
    loss = tf.reduce_mean(surprise * advantage - 0.01 * entropy)
    loss += 0.5 * tf.reduce_mean(tf.square(value - reward))
    variables = tf.trainable_variables()
    grads, norm = tf.clip_by_global_norm(tf.gradients(loss, variables), 0.5)
    optimizer = tf.train.RMSPropOptimizer(7e-3, decay=0.99, epsilon=1e-5)
    train = optimizer.apply_gradients(list(zip(grads, variables, strict=True)))
    steps = []
    with started(tf) as session:
        for number in range(15):
            observed = normal(number, 5, 4)
            chosen = session.run(sample, {seen: observed})
            feed = {seen: observed, action: chosen, reward: observed[:, 0]}
            steps.append([chosen, *session.run([loss, norm, entropy, train], feed)[:3]])
    return plain(steps)


def style_transfer(tf: Any) -> Any:
    """An image is trained to have the features of one image and the correlations of another."""
    image = tf.Variable(normal(1, 1, 8, 8, 3))
    kernel = tf.constant(normal(2, 3, 3, 3, 5) * 0.3)

    def features(x: Any) -> Any:
        return tf.nn.relu(tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "SAME"))

    def gram(x: Any) -> Any:
        _, height, width, channels = x.shape.as_list()
        flat = tf.reshape(x, [-1, channels])
        return tf.matmul(flat, flat, transpose_a=True) / (height * width * channels)

    content = features(tf.constant(normal(3, 1, 8, 8, 3)))
    style = gram(features(tf.constant(normal(4, 1, 8, 8, 3))))
    parts = [
        0.1 * tf.nn.l2_loss(features(image) - content),
        100 * tf.reduce_sum(tf.square(gram(features(image)) - style)),
        0.01 * tf.reduce_sum(tf.image.total_variation(image)),
    ]
    train = tf.train.AdamOptimizer(0.05).minimize(tf.add_n(parts), var_list=[image])
    with started(tf) as session:
        found = [session.run([*parts, train])[:3] for _ in range(20)]
        return plain([found, session.run(image)])


def spatial_transformer(tf: Any) -> Any:
    """Bilinear samples of an image on a grid that is transformed, with gradients to both."""
    image = tf.constant(normal(1, 2, 6, 6, 2))
    theta = tf.Variable([[0.9, 0.1, 0.05, -0.1, 0.8, 0.1], [1.1, 0, 0.2, 0.1, 0.7, -0.2]])
    xs, ys = tf.meshgrid(tf.linspace(-1.0, 1.0, 6), tf.linspace(-1.0, 1.0, 6))
    grid = tf.stack([tf.reshape(xs, [-1]), tf.reshape(ys, [-1]), tf.ones([36])])
    moved = tf.matmul(tf.reshape(theta, [2, 2, 3]), tf.tile(grid[None], [2, 1, 1]))
    x, y = (tf.clip_by_value((moved[:, axis] + 1) * 2.5, 0.0, 4.99) for axis in (0, 1))
    left, top = tf.cast(tf.floor(x), tf.int32), tf.cast(tf.floor(y), tf.int32)
    batch = tf.tile(tf.range(2)[:, None], [1, 36])
    total = 0.0
    for down in (0, 1):
        for right in (0, 1):
            pixels = tf.gather_nd(image, tf.stack([batch, top + down, left + right], -1))
            near = [
                1 - tf.abs(place - tf.cast(corner, tf.float32))
                for place, corner in ((x, left + right), (y, top + down))
            ]
            total += pixels * tf.expand_dims(near[0] * near[1], -1)
    grads = tf.gradients(tf.reduce_sum(total * normal(3, 2, 36, 2)), [theta, image])
    with started(tf) as session:
        return plain(session.run([total, *grads]))


def speech_labels(tf: Any) -> Any:
    """Connectionist temporal classification: loss, training, and both decoders."""
    logits = tf.Variable(normal(5, 8, 3, 5))
    places = [[0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [2, 2]]
    labels = tf.SparseTensor(places, tf.constant([1, 2, 3, 0, 0, 1]), [3, 3])
    lengths = [8, 5, 7]
    loss = tf.nn.ctc_loss(labels, logits, lengths)
    (greedy,), _ = tf.nn.ctc_greedy_decoder(logits, lengths)
    beams, scores = tf.nn.ctc_beam_search_decoder(
        logits, lengths, beam_width=6, top_paths=2, merge_repeated=False
    )
    distance = tf.edit_distance(tf.cast(greedy, tf.int32), labels)
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_mean(loss))
    with started(tf) as session:
        decoded = session.run([greedy, beams[0], scores, distance])
        losses = [session.run([loss, train])[0] for _ in range(6)]
        return plain([decoded, losses, session.run([greedy.values, distance])])


def reading_both_ways(tf: Any) -> Any:
    """Stacked cells in both directions, over sequences of several lengths, one of them empty."""
    x = tf.placeholder(tf.float32, [None, 6, 3])
    lengths = tf.placeholder(tf.int32, [None])
    cell = tf.nn.rnn_cell
    with tf.variable_scope("net", initializer=tf.random_uniform_initializer(-0.4, 0.4, seed=2)):
        forward = cell.MultiRNNCell(
            [cell.LSTMCell(4, forget_bias=0.5, num_proj=3, cell_clip=0.8), cell.GRUCell(3)]
        )
        outputs, states = tf.nn.bidirectional_dynamic_rnn(
            forward, cell.BasicLSTMCell(4), x, lengths, dtype=tf.float32
        )
        unrolled, *last = tf.nn.static_bidirectional_rnn(
            cell.GRUCell(2), cell.BasicRNNCell(2), tf.unstack(x, 6, 1), dtype=tf.float32,
            sequence_length=lengths,
        )  # fmt: skip
    loss = tf.reduce_sum(tf.square(tf.concat(outputs, 2))) + tf.reduce_sum(unrolled[-1])
    norm = tf.global_norm(tf.gradients(loss, tf.trainable_variables()))
    train = tf.train.AdagradOptimizer(0.1).minimize(loss)
    feed = {x: normal(1, 3, 6, 3), lengths: [6, 2, 0]}
    with started(tf) as session:
        before = session.run([outputs, states, unrolled, last, norm], feed)
        losses = [session.run([loss, train], feed)[0] for _ in range(5)]
    return plain([before, losses, [v.name for v in tf.trainable_variables()]])


def writing_by_itself(tf: Any) -> Any:
    """A net that reads what it has written, until it writes a certain symbol."""
    cell = tf.nn.rnn_cell.GRUCell(3, kernel_initializer=tf.random_normal_initializer(seed=1))
    to_symbols, symbols = tf.constant(normal(4, 3, 5)), tf.constant(normal(3, 5, 2))

    def step(time: Any, output: Any, state: Any, extra: Any) -> Any:
        if output is None:
            start = tf.nn.embedding_lookup(symbols, [0, 1])
            return tf.zeros([2], tf.bool), start, cell.zero_state(2, tf.float32), tf.zeros([5]), 0
        logits = tf.matmul(output, to_symbols)
        written = tf.argmax(logits, 1)
        is_done = tf.logical_or(time >= 5, tf.equal(written, 3))
        return is_done, tf.nn.embedding_lookup(symbols, written), state, logits, extra + 1

    logits, state, steps = tf.nn.raw_rnn(cell, step)
    with started(tf) as session:
        return plain(session.run([logits.stack(), state, steps]))


def recurrence_by_scan(tf: Any) -> Any:
    x = tf.placeholder(tf.float32, [None, None, 3])
    init = tf.random_normal_initializer(0, 0.4, seed=1)
    w, u = tf.get_variable("w", [5, 5], initializer=init), tf.get_variable("u", [3, 5], None, init)

    def step(state: Any, inputs: Any) -> Any:
        h, count = state
        return [tf.tanh(tf.matmul(h, w) + tf.matmul(inputs, u)), count + 1]

    start = [tf.zeros([tf.shape(x)[0], 5]), tf.constant(0)]
    by_time = tf.transpose(x, [1, 0, 2])
    h, counts = tf.scan(step, by_time, initializer=start)
    backwards = tf.scan(lambda total, item: total * 0.5 + item, by_time, reverse=True)
    loss = tf.reduce_sum(tf.square(h[-1]))
    grads = tf.gradients(loss, [w, u, x])
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    with started(tf) as session:
        first = session.run([h, counts, backwards, grads], {x: normal(5, 4, 6, 3)})
        losses = [session.run([loss, train], {x: normal(n, 2, 3 + n, 3)})[0] for n in range(5)]
    return plain([first, losses])


# -- the framework ---------------------------------------------------------------------------------


def guided_gradients(tf: Any) -> Any:
    """Other gradients for ReLU and for a Python function, under a scope of the graph."""

    def guided(op: Any, grad: Any) -> Any:
        return tf.where((grad > 0) & (op.outputs[0] > 0), grad, tf.zeros_like(grad))

    def of_sinh(op: Any, grad: Any) -> Any:
        return grad * tf.cosh(op.inputs[0])

    tf.RegisterGradient("UserProgramGuided")(guided)
    tf.RegisterGradient("UserProgramSinh")(of_sinh)
    x, w = tf.constant(normal(0, 4, 5)), tf.Variable(normal(1, 5, 3))
    names = dict.fromkeys(("PyFunc", "PyFuncStateless"), "UserProgramSinh")
    with tf.get_default_graph().gradient_override_map({"Relu": "UserProgramGuided", **names}):
        y = tf.nn.relu(tf.nn.relu(tf.matmul(x, w)) * 2 - 1)
        z = tf.py_func(np.sinh, [w], tf.float32, stateful=False)

    @tf.custom_gradient
    def clipped(value: Any) -> Any:
        return tf.identity(value), lambda grad: tf.clip_by_value(grad, -0.1, 0.1)

    grads = tf.gradients(tf.reduce_sum(y * normal(2, 4, 3)) + tf.reduce_sum(z), [x, w])
    grads += tf.gradients(clipped(w) * 5, w)
    with started(tf) as session:
        return plain(session.run([y, z, *grads]))


def binary_net(tf: Any) -> Any:
    """Signs and steps that gradients pass straight through, by the gradients of other ops."""
    x, w = tf.constant(normal(0, 6, 4)), tf.Variable(normal(1, 4, 3))
    scale = tf.Variable([0.5, -1.5, 2.0])
    names = {"Sign": "Identity", "Floor": "Identity", "Round": "Identity", "Elu": "Relu"}
    with tf.get_default_graph().gradient_override_map(names):
        binary = tf.sign(w) * tf.reduce_mean(tf.abs(w))
        hidden = tf.floor(tf.matmul(x, binary) * 4.0) / 4.0
        y = tf.nn.elu(tf.round(hidden) * scale)
    loss = tf.reduce_mean(tf.square(y - normal(2, 6, 3)))
    train = tf.train.GradientDescentOptimizer(0.02).minimize(loss)
    with started(tf) as session:
        losses = [session.run([loss, train])[0] for _ in range(4)]
        return plain([losses, session.run([w, scale])])


def derivatives_of_derivatives(tf: Any) -> Any:
    x, y = tf.Variable([1.0, 2.0, -0.5]), tf.Variable([[1.0, 2.0], [3.0, -1.0]])
    f = tf.reduce_sum(x**3) * tf.reduce_prod(x) + tf.sin(x[0] * x[1])
    (slope,) = tf.gradients(f, x)
    (product,) = tf.gradients(tf.reduce_sum(slope * [0.1, -0.2, 0.3]), x)
    fetches = [
        tf.hessians(f, x), tf.hessians(tf.reduce_sum(tf.exp(y * 0.3) * y), y), slope, product,
        tf.gradients(product, x), tf.gradients([x * 2, y], [x, y], [tf.ones(3) * 3, None]),
        tf.gradients(x, y, unconnected_gradients="zero"),
        tf.gradients(tf.square(x) * x, x, stop_gradients=[x]),
    ]  # fmt: skip
    with started(tf) as session:
        error = tf.test.compute_gradient_error(x, [3], f, [], x_init_value=normal(1, 3))
        return plain([session.run(fetches), error < 1e-2, tf.gradients(x, y)])


def branches_and_checks(tf: Any) -> Any:
    x = tf.placeholder(tf.float32, [None])
    logarithm = tf.log(x)
    finite = tf.add_check_numerics_ops()
    checks = [tf.Assert(tf.reduce_all(x > 0), [x]), tf.assert_less(x, 100.0)]
    with tf.control_dependencies(checks):
        doubled = tf.Print(x * 2, [x], "x: ", first_n=0)
    with tf.control_dependencies([tf.assert_rank(x, 1), tf.assert_equal(tf.size(x), 3)]):
        same = tf.identity(doubled)
    exclusive = tf.case(
        {x[0] < 1: lambda: tf.constant(1.0), x[0] > 5: lambda: x[1]},
        default=lambda: tf.constant(-1.0), exclusive=True,
    )  # fmt: skip
    pairs = tf.case(
        [(x[0] < 1, lambda: (tf.constant(1), "a")), (x[0] < 3, lambda: (tf.constant(2), "b"))],
        lambda: (tf.constant(3), "c"),
    )
    with started(tf) as session:
        found = [session.run([exclusive, pairs], {x: [first, 2, 3]}) for first in (0.5, 2, 6)]
        found.append(session.run([same, finite], {x: [1, 2, 3]})[0])
        fed = ([-1, 2, 3], [1, 2, 300], [1, 2])
        errors = [class_of_error(session.run, same, {x: value}) for value in fed]
        errors += [class_of_error(session.run, finite, {x: [0, 1]})]
        return plain([found, errors, session.run(logarithm, {x: [1, 2]})])


def a_run_in_parts(tf: Any) -> Any:
    a, b, c = (tf.placeholder(tf.float32, []) for _ in range(3))
    total = tf.Variable(1.0)
    first = a + b
    second = first * c
    add = total.assign_add(first)
    with started(tf) as session:
        handle = session.partial_run_setup([first, second, add], [a, b, c])
        middle = session.partial_run(handle, first, {a: 1, b: 2})
        last = session.partial_run(handle, [second, add], {c: middle * 17})
        call = session.make_callable([second, first], [first, c])
        return plain(
            [middle, last, call(2.0, 5.0), session.run({"x": (second,)}, {first: 1, c: 7})]
        )


PROGRAMS = {
    program.__name__: program
    for program in (
        skip_gram,
        variational_autoencoder,
        adversarial_pair,
        deep_q_learning,
        actor_and_critic,
        style_transfer,
        spatial_transformer,
        speech_labels,
        reading_both_ways,
        writing_by_itself,
        recurrence_by_scan,
        guided_gradients,
        binary_net,
        derivatives_of_derivatives,
        branches_and_checks,
        a_run_in_parts,
    )
}
