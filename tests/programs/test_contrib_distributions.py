"""Random variables that learn: flows, an autoencoder and a network of mixtures, of tf.contrib.

Each is a program of a kind that was written with `tf.contrib.distributions`.
"""

from __future__ import annotations

import numpy as np

import graphflow as tf

tfd = tf.contrib.distributions
tfb = tfd.bijectors


def bent_points(count: int, seed: int) -> np.ndarray:
    """Points around a parabola."""
    random = np.random.RandomState(seed)
    x = random.normal(size=count) * 2.0
    y = 0.25 * x**2 + random.normal(size=count) * 0.5
    return np.stack([y, x], 1).astype(np.float32)


def log_density(points: np.ndarray) -> np.ndarray:
    """The density that `bent_points` has."""
    y, x = points.T.astype(np.float64)
    of_x = -0.5 * (x / 2.0) ** 2 - np.log(2.0)
    of_y = -0.5 * ((y - 0.25 * x**2) / 0.5) ** 2 - np.log(0.5)
    return of_x + of_y - np.log(2 * np.pi)


def flow_of(layers: list[tfb.Bijector]) -> tfd.TransformedDistribution:
    base = tfd.MultivariateNormalDiag(tf.zeros([2]), tf.ones([2]))
    return tfd.TransformedDistribution(base, tfb.Chain(layers))


def train_flow(flow: tfd.TransformedDistribution, steps: int) -> tuple[float, np.ndarray]:
    """Return the mean log-density of new points, and what the flow draws."""
    x = tf.placeholder(tf.float32, [None, 2])
    log_prob = tf.reduce_mean(flow.log_prob(x))
    samples = flow.sample(2000, seed=3)
    step = tf.train.AdamOptimizer(0.01).minimize(-log_prob)
    points = bent_points(5000, 1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for start in range(steps):
            rows = np.arange(200 * start, 200 * start + 200) % len(points)
            sess.run(step, {x: points[rows]})
        return sess.run([log_prob, samples], {x: bent_points(2000, 2)})


def check_flow(found: float, samples: np.ndarray) -> None:
    points = bent_points(2000, 2)
    best = log_density(points).mean()
    # A normal distribution cannot come so near.
    normal = -0.5 * np.linalg.slogdet(np.cov(points.T))[1] - np.log(2 * np.pi) - 1.0
    assert found > best - 0.1 > normal
    np.testing.assert_allclose(samples.mean(0), points.mean(0), atol=0.25)
    np.testing.assert_allclose(samples.std(0), points.std(0), rtol=0.25)


def test_masked_autoregressive_flow() -> None:
    tf.set_random_seed(1)
    layers: list[tfb.Bijector] = []
    for place in range(4):
        network = tfb.masked_autoregressive_default_template([32], name=f"maf_{place}")
        layers.append(tfb.MaskedAutoregressiveFlow(network))
        layers.append(tfb.Permute([1, 0]))
    check_flow(*train_flow(flow_of(layers[:-1]), 600))


def test_real_nvp() -> None:
    tf.set_random_seed(1)
    layers: list[tfb.Bijector] = []
    for place in range(4):
        network = tfb.real_nvp_default_template([32], name=f"nvp_{place}")
        layers.append(tfb.RealNVP(1, network))
        layers.append(tfb.Permute([1, 0]))
    check_flow(*train_flow(flow_of(layers[:-1]), 600))


def test_variational_autoencoder() -> None:
    """Four patterns of 16 pixels with noise, by two latent numbers."""
    tf.set_random_seed(2)
    random = np.random.RandomState(3)
    patterns = random.randint(0, 2, [4, 4, 4])
    kinds = random.randint(0, 4, 1000)
    images = np.where(random.rand(1000, 4, 4) < 0.05, 1 - patterns[kinds], patterns[kinds])

    def encoder(data):
        x = tf.layers.dense(tf.layers.flatten(data), 32, tf.nn.relu)
        loc, scale = tf.layers.dense(x, 2), tf.layers.dense(x, 2, tf.nn.softplus)
        return tfd.MultivariateNormalDiag(loc, scale)

    def decoder(code):
        logits = tf.layers.dense(tf.layers.dense(code, 32, tf.nn.relu), 16)
        return tfd.Independent(tfd.Bernoulli(tf.reshape(logits, [-1, 4, 4])), 2)

    encode, decode = tf.make_template("encoder", encoder), tf.make_template("decoder", decoder)
    data = tf.placeholder(tf.float32, [None, 4, 4])
    prior = tfd.MultivariateNormalDiag(tf.zeros([2]), tf.ones([2]))
    posterior = encode(data)
    code = posterior.sample()
    elbo = tf.reduce_mean(decode(code).log_prob(data) - tfd.kl_divergence(posterior, prior))
    step = tf.train.AdamOptimizer(0.01).minimize(-elbo)
    drawn = decode(prior.sample(200)).mode()
    with tf.train.MonitoredSession() as sess:
        before = sess.run(elbo, {data: images})
        for start in range(300):
            rows = np.arange(100 * start, 100 * start + 100) % 1000
            sess.run(step, {data: images[rows]})
        after, made = sess.run([elbo, drawn], {data: images})
    # The best is the entropy of four patterns and of the noise of 16 pixels.
    noise = -16 * (0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    best = -np.log(4) - noise
    assert before < 2 * best
    assert best - 0.6 < after < best + 0.2
    is_pattern = np.any(np.all(made[:, None] == patterns, (2, 3)), 1)
    assert is_pattern.mean() > 0.7


def test_mixture_density_network() -> None:
    """Each x has two y, which a network without mixtures would take the mean of."""
    tf.set_random_seed(4)
    random = np.random.RandomState(5)
    x = random.uniform(-1, 1, [2000, 1]).astype(np.float32)
    signs = np.where(random.rand(2000, 1) < 0.3, -1, 1)
    y = (signs * (1 + 0.5 * x) + random.normal(size=[2000, 1]) * 0.1).astype(np.float32)

    inputs = tf.placeholder(tf.float32, [None, 1])
    hidden = tf.layers.dense(inputs, 16, tf.nn.tanh)
    logits, locs, scales = tf.split(tf.layers.dense(hidden, 6), 3, axis=1)
    parts = tfd.Normal(locs, tf.nn.softplus(scales))
    mixture = tfd.MixtureSameFamily(tfd.Categorical(logits), parts)
    listed = tfd.Mixture(
        tfd.Categorical(logits),
        [
            tfd.Normal(loc, scale)
            for loc, scale in zip(
                tf.unstack(parts.loc, axis=1), tf.unstack(parts.scale, axis=1), strict=True
            )
        ],
    )
    target = tf.placeholder(tf.float32, [None, 1])
    log_prob = mixture.log_prob(tf.squeeze(target, 1))
    loss = -tf.reduce_mean(log_prob)
    same = tf.reduce_max(tf.abs(listed.log_prob(tf.squeeze(target, 1)) - log_prob))
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(400):
            sess.run(step, {inputs: x, target: y})
        found, gap, weights, centers = sess.run(
            [loss, same, tf.nn.softmax(logits), locs], {inputs: x, target: y}
        )
    # The entropy of the sign and of the noise.
    best = -(0.3 * np.log(0.3) + 0.7 * np.log(0.7)) + 0.5 * np.log(2 * np.pi * np.e * 0.01)
    assert found < best + 0.1
    assert gap < 1e-4
    order = np.argsort(centers.mean(0))
    np.testing.assert_allclose(weights.mean(0)[order], [0.3, 0.7], atol=0.03)
    np.testing.assert_allclose(centers[:, order], np.c_[-1 - 0.5 * x, 1 + 0.5 * x], atol=0.15)
