"""Names that TensorFlow's internal modules alone have."""

from __future__ import annotations

import importlib
import logging
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.launcher.aliases import module_of


def internal(path: str) -> Any:
    return module_of(f"python.{path}")


def test_every_internal_module_of_ours_is_found():
    for name in importlib.import_module("graphflow.launcher.internal").MODULES:
        own = importlib.import_module(f"graphflow.launcher.internal.{name.replace('.', '_')}")
        public = [key for key in vars(own) if not key.startswith("_") and key != "annotations"]
        assert all(getattr(internal(name), key) is getattr(own, key) for key in public)


def test_files(tmp_path: Path):
    files = internal("lib.io.file_io")
    path = tmp_path / "a.txt"
    files.write_string_to_file(path, "some text")
    assert files.read_file_to_string(str(path)) == "some text"
    assert files.read_file_to_string(path, binary_mode=True) == b"some text"
    files.atomic_write_string_to_file(path, b"other")
    assert path.read_bytes() == b"other"
    with pytest.raises(tf.errors.AlreadyExistsError, match="overwrite=True"):
        files.atomic_write_string_to_file(path, "third", overwrite=False)
    assert files.get_matching_files([str(tmp_path / "*.txt"), str(tmp_path / "*.csv")]) == [
        str(path)
    ]
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]
    # The well-known check value of CRC-32.
    files.write_string_to_file(path, "123456789")
    assert files.file_crc32(path, block_size=4) == "0xcbf43926"


def test_with_dependencies():
    v = tf.Variable(2.0, use_resource=True)
    result = internal("ops.control_flow_ops").with_dependencies([v.assign(5.0)], tf.constant(1.0))
    assert result.name == "control_dependency:0"
    with tf.Session() as session:
        session.run(v.initializer)
        assert (session.run(result), session.run(v)) == (1.0, 5.0)


def test_parts_of_metrics():
    impl = internal("ops.metrics_impl")
    values, updates = impl._confusion_matrix_at_thresholds(
        [True, False, True], [0.9, 0.8, 0.3], [0.5, 0.85], includes=("tp", "fp")
    )
    quotient = impl._safe_div(tf.constant([6.0, 1.0, 1.0]), tf.constant([4.0, 0.0, -2.0]), "q")
    labels = tf.constant([[2], [0]], tf.int64)
    mean, update = impl._streaming_sparse_average_precision_at_top_k(labels, [[1, 2], [0, 1]])
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run(updates)
        assert session.run(values["tp"]).tolist() == [1.0, 1.0]
        assert session.run(values["fp"]).tolist() == [1.0, 0.0]
        assert session.run(quotient).tolist() == [1.5, 0.0, 0.0]
        assert session.run(update) == 0.75  # the first label comes second, the other one first
        assert session.run(mean) == 0.75
    with pytest.raises(ValueError, match="'tq'"):
        impl._confusion_matrix_at_thresholds([True], [0.5], [0.5], includes=("tq",))


def test_graph_of_inputs():
    ops = internal("framework.ops")
    other = tf.Graph()
    with other.as_default():
        a, b = tf.constant(1), tf.Variable(2)
    assert ops._get_graph_from_inputs([7, b, a]) is other
    assert ops._get_graph_from_inputs([7]) is tf.get_default_graph()
    with pytest.raises(ValueError, match="another graph"):
        ops._get_graph_from_inputs([a, tf.constant(1)])
    assert ops.uid() != ops.uid()


def test_public_names_of_a_module(monkeypatch: pytest.MonkeyPatch):
    util = internal("util.all_util")
    module = types.ModuleType("some_module", "Has @@shown and\n\n@@also_shown.")
    vars(module).update(shown=1, also_shown=2, hidden=3, allowed=4, _private=5)
    monkeypatch.setitem(sys.modules, "some_module", module)
    assert util.make_all("some_module") == ["also_shown", "shown"]
    util.remove_undocumented("some_module", ["allowed"])
    kept = [name for name in vars(module) if not name.startswith("__")]
    assert kept == ["shown", "also_shown", "allowed", "_private"]


def test_silent_deprecations(caplog: pytest.LogCaptureFixture):
    deprecation = internal("util.deprecation")

    @deprecation.deprecated(None, "use new")
    def old() -> int:
        return 3

    with caplog.at_level(logging.WARNING, "graphflow"):
        with deprecation.silence():
            assert old() == 3
        assert caplog.records == []
        deprecation._PRINT_DEPRECATION_WARNINGS = False
        old()
        assert caplog.records == []
        deprecation._PRINT_DEPRECATION_WARNINGS = True
        old()
    assert "use new" in caplog.text
    both = deprecation.deprecated_argument_lookup
    assert both("axis", None, "dim", 1) == 1
    with pytest.raises(ValueError, match="not both"):
        both("axis", 2, "dim", 1)


def test_gradients_and_buckets():
    x = tf.constant(3.0)
    (grad,) = internal("ops.gradients_impl").gradients_v2(x * x, [x])
    buckets = internal("ops.math_ops")._bucketize([-5.0, 10.0, 150.0, 5.0], [0.0, 10.0, 100.0])
    with tf.Session() as session:
        assert session.run(grad) == 6.0
        np.testing.assert_array_equal(session.run(buckets), [0, 2, 3, 1])


def test_strategy_of_one_replica():
    assert not tf.distribute.has_strategy()
    assert tf.distribute.get_replica_context().num_replicas_in_sync == 1
    strategy = tf.distribute.MirroredStrategy()
    with strategy.scope():
        assert tf.distribute.get_strategy() is strategy
        assert tf.distribute.get_replica_context() is None
        assert tf.distribute.in_cross_replica_context()
        inside = strategy.experimental_run_v2(
            lambda x: (x, tf.distribute.get_replica_context().strategy), args=(2,)
        )
        assert inside == (2, strategy)
    assert not tf.distribute.has_strategy()
    assert strategy.reduce(tf.distribute.ReduceOp.MEAN, 5.0) == 5.0
    with pytest.raises(NotImplementedError, match="one device"):
        tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    with pytest.raises(NotImplementedError, match="axis"):
        strategy.reduce("sum", 5.0, axis=0)


def test_exports_and_distributions():
    exported = internal("util.tf_export").tf_export("contrib.opt.Mine", v1=["Mine"])
    assert exported(dict) is dict
    util = internal("ops.distributions.util")
    x = np.arange(24.0).reshape(2, 3, 4)
    rotated = [util.rotate_transpose(x, shift) for shift in (1, -1, 0)]
    unknown = tf.placeholder_with_default(x, None)
    sizes = [util.prefer_static_rank(unknown), util.prefer_static_shape(unknown)]
    special = internal("ops.distributions.special_math").ndtr(0.0)
    with tf.Session() as sess:
        values = sess.run([*rotated, *sizes, special])
    np.testing.assert_array_equal(values[0], np.moveaxis(x, -1, 0))
    np.testing.assert_array_equal(values[1], np.moveaxis(x, 0, -1))
    np.testing.assert_array_equal(values[2], x)
    assert (values[3], values[4].tolist(), values[5]) == (3, [2, 3, 4], 0.5)
    assert (util.prefer_static_rank(x), util.prefer_static_shape(x)) == (3, [2, 3, 4])
    bijector = internal("ops.distributions.bijector").Bijector
    assert bijector is tf.contrib.distributions.bijectors.Bijector
    transformed = internal("ops.distributions.transformed_distribution")
    kind = tf.contrib.distributions.TransformedDistribution
    assert transformed.TransformedDistribution is kind


def test_modules_of_ops_have_the_generated_ones_too():
    resources, states = internal("ops.resource_variable_ops"), internal("ops.state_ops")
    v = tf.Variable([[1.0], [2.0], [3.0]], use_resource=True)
    add = resources.resource_scatter_add(v.handle, [2, 0, 2], [[1.0], [2.0], [4.0]])
    with tf.control_dependencies([add]):
        value = v.read_value()
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run(value).ravel().tolist() == [3, 2, 8]
    assert states.assign_add is tf.assign_add
    with pytest.raises(AttributeError, match="state_ops' has no attribute"):
        _ = states.no_such_op


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("rows", [None, [2, 0, 2]])
def test_an_optimizer_that_a_program_writes(use_resource: bool, rows: Any):
    """Steps against half of the gradient, by momentum, and half of it at once."""
    optimizer, training_ops = internal("training.optimizer"), internal("training.training_ops")
    math_ops, resources = internal("ops.math_ops"), internal("ops.resource_variable_ops")

    class Half(optimizer.Optimizer):
        def __init__(self) -> None:
            super().__init__(False, "Half")

        def _create_slots(self, var_list: Any) -> None:
            for var in var_list:
                self._zeros_slot(var, "momentum", self._name)

        def _prepare(self) -> None:
            self._half = tf.convert_to_tensor(0.5, dtype=tf.float64)

        def _numbers(self, var: Any) -> Any:
            half = math_ops.cast(self._half, var.dtype.base_dtype)
            return half, self.get_slot(var, "momentum")

        def _apply_dense(self, grad: Any, var: Any) -> Any:
            half, slot = self._numbers(var)
            step = training_ops.apply_momentum(var, slot, half, grad, half, use_locking=False).op
            with tf.control_dependencies([step]):
                return training_ops.apply_gradient_descent(var, half, grad).op

        def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
            half, slot = self._numbers(var)
            step = training_ops.resource_apply_momentum(var.handle, slot.handle, half, grad, half)
            with tf.control_dependencies([step]):
                return training_ops.resource_apply_gradient_descent(var.handle, half, grad)

        def _apply_sparse(self, grad: Any, var: Any) -> Any:
            half, slot = self._numbers(var)
            step = training_ops.sparse_apply_momentum(
                var, slot, half, grad.values, grad.indices, half
            ).op
            with tf.control_dependencies([step]):
                return tf.scatter_sub(var, grad.indices, half * grad.values).op

        def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
            half, slot = self._numbers(var)
            step = training_ops.resource_sparse_apply_momentum(
                var.handle, slot.handle, half, grad, indices, half
            )
            with tf.control_dependencies([step]):
                return resources.resource_scatter_add(var.handle, indices, -half * grad)

    v = tf.get_variable("v", initializer=[[1.0], [2.0], [3.0]], use_resource=use_resource)
    step = Half().minimize(tf.reduce_sum((v if rows is None else tf.gather(v, rows)) * 2.0))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(step)
        # Of a gradient g the first step takes g / 2 + g / 2, the second one 3/4 g + g / 2.
        gradient = [2.0, 2.0, 2.0] if rows is None else [2.0, 0.0, 4.0]
        expected = [start - 2.25 * g for start, g in zip([1, 2, 3], gradient, strict=True)]
        assert session.run(v).ravel().tolist() == expected
