"""Programs that take some steps with each optimizer: each returns the variable and its slots.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations

from functools import partial

START = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [-2.0, 3.0, 0.125]]
OPTIMIZERS = {
    "gradient_descent": lambda tf: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda tf: tf.train.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda tf: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda tf: tf.train.AdamOptimizer(0.1),
    "adagrad": lambda tf: tf.train.AdagradOptimizer(0.1),
    "adadelta": lambda tf: tf.train.AdadeltaOptimizer(0.5, 0.9, 0.01),
    "adagrad_da": lambda tf: tf.train.AdagradDAOptimizer(
        0.1, tf.constant(2, tf.int64), 0.2, 0.01, 0.02
    ),
    "rmsprop": lambda tf: tf.train.RMSPropOptimizer(0.1, 0.8, 0.5, 0.01),
    "centered_rmsprop": lambda tf: tf.train.RMSPropOptimizer(0.1, 0.8, 0.5, 0.01, centered=True),
    "ftrl": lambda tf: tf.train.FtrlOptimizer(0.1, -0.4, 0.2, 0.05, 0.02),
    "ftrl_shrinking": lambda tf: tf.train.FtrlOptimizer(
        0.1, l2_shrinkage_regularization_strength=0.1
    ),
    "proximal_gradient_descent": lambda tf: tf.train.ProximalGradientDescentOptimizer(
        0.1, 0.02, 0.03
    ),
    "proximal_adagrad": lambda tf: tf.train.ProximalAdagradOptimizer(0.1, 0.2, 0.02, 0.03),
}


def _steps(make, use_resource, is_sparse, tf):
    v = tf.get_variable("v", initializer=START, use_resource=use_resource)
    optimizer = make(tf)
    done = []
    for step in range(4):
        with tf.control_dependencies(done):
            # Row 0 comes twice, row 1 never.
            rows = tf.gather(v, [0, 2, 0]) if is_sparse else v * 1.0
            loss = tf.reduce_sum(tf.square(rows) * [0.5, 1.0, step - 1.5])
            done = [optimizer.apply_gradients(optimizer.compute_gradients(loss, [v]))]
    with tf.control_dependencies(done):
        slots = [optimizer.get_slot(v, name) for name in optimizer.get_slot_names()]
        return [v.read_value(), *(slot.read_value() for slot in slots)]


UPDATES = {  # the op, the arguments that are its states, and its numbers
    "momentum": ("Momentum", ["accum"], {"lr": 0.1, "momentum": 0.9}),
    "nesterov": ("Momentum", ["accum"], {"lr": 0.1, "momentum": 0.9, "use_nesterov": True}),
    "adagrad": ("Adagrad", ["accum"], {"lr": 0.1}),
    "adagrad_with_fixed_slots": ("Adagrad", ["accum"], {"lr": 0.1, "update_slots": False}),
    "adagrad_da": (
        "AdagradDA",
        ["gradient_accumulator", "gradient_squared_accumulator"],
        {"lr": 0.1, "l1": 0.01, "l2": 0.02, "global_step": 3},
    ),
    "adadelta": (
        "Adadelta", ["accum", "accum_update"], {"lr": 0.5, "rho": 0.9, "epsilon": 0.01}
    ),
    "rmsprop": (
        "RMSProp", ["ms", "mom"], {"lr": 0.1, "rho": 0.8, "momentum": 0.5, "epsilon": 0.01}
    ),
    "centered_rmsprop": (
        "CenteredRMSProp",
        ["mg", "ms", "mom"],
        {"lr": 0.1, "rho": 0.8, "momentum": 0.5, "epsilon": 9.0},
    ),
    "ftrl": (
        "Ftrl", ["accum", "linear"], {"lr": 0.1, "l1": 0.05, "l2": 0.02, "lr_power": -0.4}
    ),
    "ftrl_v2": (
        "FtrlV2",
        ["accum", "linear"],
        {"lr": 0.1, "l1": 0.05, "l2": 0.02, "l2_shrinkage": 0.3, "lr_power": -0.5},
    ),
    "proximal_gradient_descent": (
        "ProximalGradientDescent", [], {"alpha": 0.1, "l1": 0.02, "l2": 0.03}
    ),
    "proximal_adagrad": ("ProximalAdagrad", ["accum"], {"lr": 0.1, "l1": 0.02, "l2": 0.03}),
}  # fmt: skip


def _repeated_rows(kind, slots, numbers, tf):
    """One update that meets row 2 three times."""
    names = ["var", *slots]
    values = [START, [[2.0, 0.5, 1.0]] * 3, [[0.25, 1.5, 3.0]] * 3, [[0.1, 0.2, 0.3]] * 3]
    variables = [
        tf.get_variable(name, initializer=value, use_resource=True)
        for name, value in zip(names, values, strict=False)
    ]
    update = getattr(tf.raw_ops, f"ResourceSparseApply{kind}")(
        **{name: variable.handle for name, variable in zip(names, variables, strict=True)},
        **numbers,
        grad=[[1.0, -2.0, 0.5], [0.5, 0.25, 3.0], [-3.0, 1.0, 0.75], [0.125, 4.0, -1.0]],
        indices=[2, 0, 2, 2],
    )
    with tf.control_dependencies([update]):
        return [variable.read_value() for variable in variables]


def _scaled_losses(make_scale, use_resource, tf):
    """Five steps, of which two meet gradients that are not finite."""
    v = tf.get_variable("v", initializer=START, use_resource=use_resource)
    scale = make_scale(tf.train.experimental)
    optimizer = tf.train.experimental.MixedPrecisionLossScaleOptimizer(
        tf.train.MomentumOptimizer(0.1, 0.5), scale
    )
    count = tf.get_variable("count", initializer=0, trainable=False)
    done, states = [], []
    for weight in (1.0, 2.0, float("inf"), 3.0, float("nan"), 0.5):
        with tf.control_dependencies(done):
            loss = tf.reduce_sum(tf.square(v * 1.0) * weight)
            pairs = optimizer.compute_gradients(loss, [v])
            done = [optimizer.apply_gradients(pairs, global_step=count)]
        with tf.control_dependencies(done):
            # Sums are copies: a read of a reference variable shows later values in TensorFlow.
            done = [v.read_value() + 0.0, count.read_value() + 0, scale() + 0.0]
            states += done
    return states


def decays(tf):
    rates = []
    for step in (0, 3, 10, 25):
        at = tf.constant(step)
        rates += [
            tf.train.exponential_decay(0.5, at, 4, 0.9),
            tf.train.exponential_decay(0.5, at, 4, 0.9, staircase=True),
            tf.train.natural_exp_decay(0.5, at, 4, 0.9),
            tf.train.natural_exp_decay(0.5, at, 4, 0.9, staircase=True),
            tf.train.inverse_time_decay(0.5, at, 4, 0.9),
            tf.train.inverse_time_decay(0.5, at, 4, 0.9, staircase=True),
            tf.train.polynomial_decay(0.5, at, 10, 0.1, 2.0),
            tf.train.polynomial_decay(0.5, at, 10, 0.1, 0.5, cycle=True),
            tf.train.piecewise_constant(at, [3, 12], [1.0, 0.5, 0.1]),
            tf.train.cosine_decay(0.5, at, 20, 0.1),
            tf.train.cosine_decay_restarts(0.5, at, 5, 2.0, 0.9, 0.1),
            tf.train.cosine_decay_restarts(0.5, at, 5, 1.0, 0.9, 0.1),
            tf.train.linear_cosine_decay(0.5, at, 20, 0.25, 0.1, 0.01),
        ]
    return rates


def averages(tf):
    results = []
    for number, arguments in enumerate(({}, {"num_updates": 3}, {"zero_debias": True})):
        v = tf.get_variable(f"v{number}", initializer=[1.0, 2.0])
        x = tf.square(v.read_value(), name=f"x{number}")
        average = tf.train.ExponentialMovingAverage(0.75, name="average", **arguments)
        update = average.apply([v, x])
        results += [tf.convert_to_tensor(average.average_name(v))]
        with tf.control_dependencies([update]):
            results += [average.average(v).read_value(), average.average(x).read_value()]
    return results


PROGRAMS = {
    **{
        f"{name}_{'resource' if use_resource else 'reference'}_{'sparse' if sparse else 'dense'}":
            partial(_steps, make, use_resource, sparse)
        for name, make in OPTIMIZERS.items()
        for use_resource in (False, True)
        for sparse in (False, True)
    },
    **{f"{name}_with_repeated_rows": partial(_repeated_rows, *what)
       for name, what in UPDATES.items()},
    **{f"loss_scale_{name}_{use_resource}": partial(_scaled_losses, make, use_resource)
       for name, make in {
           "fixed": lambda scales: scales.FixedLossScale(8),
           "dynamic": lambda scales: scales.DynamicLossScale(4.0, 2, 3.0),
           "small": lambda scales: scales.DynamicLossScale(1.5, 1),
       }.items()
       for use_resource in (False, True)},
    "averages": averages,
    "decays": decays,
}  # fmt: skip
