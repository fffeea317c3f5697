"""Programs with distributions: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values, also of samples, whose random numbers are those of the seed.
"""

from __future__ import annotations


def _gradients(tf, distribution, tensors, of):
    """Gradients by the parameters of the sum of each tensor."""
    found = [tf.gradients(tensor, of) for tensor in tensors]
    return [grad for grads in found for grad in grads if grad is not None]


def _continuous(tf, distribution, values, parameters, levels=None):
    densities = [
        distribution.log_prob(values),
        distribution.prob(values),
        distribution.cdf(values),
        distribution.log_cdf(values),
        distribution.survival_function(values),
        distribution.log_survival_function(values),
    ]
    samples = [
        distribution.sample(seed=3),
        distribution.sample(4, seed=11),
        distribution.sample([2, 1], seed=5),
    ]
    statistics = [
        distribution.mean(),
        distribution.variance(),
        distribution.stddev(),
        distribution.entropy(),
        distribution.batch_shape_tensor(),
        distribution.event_shape_tensor(),
        distribution.is_scalar_event(),
        distribution.is_scalar_batch(),
    ]
    quantiles = [] if levels is None else [distribution.quantile(levels)]
    slopes = _gradients(tf, distribution, [densities[0], samples[1], *quantiles], parameters)
    return [*densities, *samples, *statistics, *quantiles, *slopes]


def normal(tf):
    loc, scale = tf.constant([[0.5], [-2.0]]), tf.constant([0.25, 1.0, 8.0])
    one = tf.distributions.Normal(loc, scale)
    values = tf.constant([-30.0, 0.75, 14.0])
    levels = tf.constant([0.001, 0.5, 0.9])
    results = _continuous(tf, one, values, [loc, scale], levels)
    wide = tf.distributions.Normal(*tf.unstack(tf.constant([0.0, 1.0], tf.float64)))
    far = tf.constant([-100.0, -21.0, -19.0, -3.0, 0.0, 7.0, 9.0], tf.float64)
    slope = tf.gradients(wide.log_cdf(far), far)[0]
    return [*results, one.mode(), wide.cdf(far), wide.log_cdf(far), slope]


def uniform(tf):
    low, high = tf.constant([[0.5], [-2.0]]), tf.constant([0.75, 1.0, 8.0])
    one = tf.distributions.Uniform(low, high)
    values = tf.constant([0.6, 0.7, 14.0])
    default = tf.distributions.Uniform()
    return [
        one.prob(values),
        one.cdf(values),
        one.sample(5, seed=2),
        *tf.gradients(one.sample(5, seed=2), [low, high]),
        one.mean(),
        one.variance(),
        one.stddev(),
        one.entropy(),
        one.range(),
        default.sample(seed=4),
        default.log_prob(0.25),
    ]


def laplace(tf):
    loc, scale = tf.constant([[0.5], [-2.0]]), tf.constant([0.25, 1.0, 8.0])
    one = tf.distributions.Laplace(loc, scale)
    return [*_continuous(tf, one, tf.constant([-6.0, 0.75, 4.0]), [loc, scale]), one.mode()]


def gamma(tf):
    concentration, rate = tf.constant([[0.5], [2.5]]), tf.constant([0.25, 1.0, 8.0])
    one = tf.distributions.Gamma(concentration, rate)
    values = tf.constant([0.1, 0.75, 4.0])
    return [*_continuous(tf, one, values, [concentration, rate]), one.mode()]


def exponential(tf):
    rate = tf.constant([0.25, 1.0, 8.0])
    one = tf.distributions.Exponential(rate)
    return [*_continuous(tf, one, tf.constant([[0.1], [0.75]]), [rate]), one.mode()]


def beta(tf):
    of_one, of_zero = tf.constant([0.5, 2.5, 4.0]), tf.constant([0.25, 1.5, 8.0])
    one = tf.distributions.Beta(of_one, of_zero)
    return [*_continuous(tf, one, tf.constant([0.1, 0.75, 0.4]), [of_one, of_zero]), one.mode()]


def student_t(tf):
    df, loc = tf.constant([0.5, 1.5, 2.5]), tf.constant([1.0, 2.0, 3.0])
    one = tf.distributions.StudentT(df, loc, 3.0)
    values = tf.constant([-7.0, 1.25, 4.0])
    return [
        one.log_prob(values),
        one.cdf(values),
        one.sample(4, seed=9),
        *tf.gradients(one.log_prob(values), [df, loc]),
        *tf.gradients(one.sample(4, seed=9), [df, loc]),
        one.mean(),
        one.variance(),
        one.stddev(),
        one.entropy(),
        one.mode(),
    ]


def bernoulli(tf):
    logits = tf.constant([[-3.0], [0.5]])
    one = tf.distributions.Bernoulli(logits=logits)
    other = tf.distributions.Bernoulli(probs=[0.25, 0.875], dtype=tf.float32)
    return [
        one.probs,
        other.logits,
        one.log_prob([0, 1]),
        one.prob([[1], [1]]),
        *tf.gradients(one.log_prob([0, 1]), logits),
        one.sample([2, 5], seed=3),
        other.sample(8, seed=3),
        one.entropy(),
        one.mean(),
        one.variance(),
        one.stddev(),
        one.mode(),
        other.mode(),
        one.kl_divergence(other),
        one.cross_entropy(other),
    ]


def categorical(tf):
    logits = tf.constant([[-3.0, 1.0, 0.5], [0.5, 0.25, 2.0]])
    one = tf.distributions.Categorical(logits=logits)
    other = tf.distributions.Categorical(probs=[0.25, 0.625, 0.125], dtype=tf.int64)
    return [
        one.probs,
        other.logits,
        one.event_size,
        one.log_prob([0, 2]),
        one.prob([[1, 1], [2, 0], [0, 0]]),
        one.cdf([1, 2]),
        other.prob([2, 1, 0]),
        *tf.gradients(one.log_prob([[0, 2], [1, 1]]), logits),
        one.sample([2, 5], seed=3),
        other.sample(8, seed=3),
        one.entropy(),
        one.mode(),
        other.mode(),
        one.kl_divergence(other),
        one.cross_entropy(other),
    ]


def dirichlet(tf):
    weights = tf.constant([[0.5, 2.0, 3.0], [1.5, 4.0, 7.0]])
    one = tf.distributions.Dirichlet(weights)
    other = tf.distributions.Dirichlet([1.5, 4.0, 2.0])
    values = tf.constant([[0.25, 0.25, 0.5], [0.125, 0.5, 0.375]])
    return [
        one.log_prob(values),
        *tf.gradients(one.log_prob(values), weights),
        one.sample([2], seed=4),
        *tf.gradients(tf.square(one.sample([2], seed=4)), weights),
        one.entropy(),
        one.mean(),
        one.variance(),
        one.covariance(),
        other.mode(),
        other.entropy(),
        one.batch_shape_tensor(),
        one.event_shape_tensor(),
    ]


def counts(tf):
    throws = tf.distributions.Multinomial([4.0, 6.0], probs=[[0.25, 0.25, 0.5], [0.1, 0.3, 0.6]])
    values = tf.constant([[1.0, 1.0, 2.0], [0.0, 1.0, 5.0]])
    mixed = tf.distributions.DirichletMultinomial(4.0, [[0.5, 2.0, 3.0], [1.0, 1.0, 5.0]])
    equal = tf.distributions.DirichletMultinomial(5.0, [[0.5, 2.0, 3.0], [1.0, 1.0, 5.0]])
    same = tf.distributions.Multinomial(5.0, logits=[0.5, 2.0, 3.0])
    results = []
    for one in (throws, mixed):
        results += [one.log_prob(values), one.mean(), one.variance()]
    results += [throws.covariance(), equal.covariance()]
    # TensorFlow draws the batch members of a multinomial distribution in any order.
    for one in (equal, same):
        results += [one.sample(seed=2), one.sample([2, 2], seed=7), one.covariance()]
    return results


def divergences(tf):
    kinds = tf.distributions
    pairs = [
        (kinds.Normal([1.0, 2.0], 3.0), kinds.Normal(0.5, [1.0, 4.0])),
        (kinds.Gamma([1.0, 2.0], 3.0), kinds.Gamma(0.5, [1.0, 4.0])),
        (kinds.Beta([1.0, 2.0], 3.0), kinds.Beta(0.5, [1.0, 4.0])),
        (kinds.Dirichlet([[1.0, 2.0], [3.0, 4.0]]), kinds.Dirichlet([1.0, 0.5])),
        (kinds.Exponential([1.0, 2.0]), kinds.Gamma(1.5, 0.25)),
    ]
    results = []
    for one, other in pairs:
        results += [kinds.kl_divergence(one, other), one.cross_entropy(other)]
    return results


def dynamic_shapes(tf):
    loc = tf.placeholder_with_default([[0.5], [-2.0]], None)
    one = tf.distributions.Normal(loc, [1.0, 2.0, 3.0])
    shape = tf.placeholder_with_default([2, 2], None)
    logits = tf.placeholder_with_default([[1.0, 2.0], [3.0, 2.0]], None)
    classes = tf.distributions.Categorical(logits=logits)
    return [
        one.batch_shape_tensor(),
        one.is_scalar_batch(),
        one.sample(shape, seed=1),
        one.mean(),
        classes.sample(shape, seed=6),
        classes.prob([1, 0]),
    ]


def names(tf):
    one = tf.distributions.Normal(1.0, [2.0, 3.0])
    other = tf.distributions.Normal(1.0, 2.0, name="other")
    twice = tf.distributions.Normal(1.0, 2.0)
    value = one.log_prob(1.0)
    texts = [one.name, other.name, twice.name, str(one), repr(other), value.name.split("/")[0]]
    return [tf.constant(text) for text in texts]


PROGRAMS = {
    program.__name__: program
    for program in (
        normal,
        uniform,
        laplace,
        gamma,
        exponential,
        beta,
        student_t,
        bernoulli,
        categorical,
        dirichlet,
        counts,
        divergences,
        dynamic_shapes,
        names,
    )
}
