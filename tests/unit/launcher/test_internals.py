"""Names that TensorFlow's internal modules alone have."""

from __future__ import annotations

import functools
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


def test_what_internal_modules_take_from_their_generated_ones(tmp_path: Path):
    resources = internal("ops.resource_variable_ops")
    x = tf.Variable([1.0, 2.0, 3.0], use_resource=True, name="x")
    assert isinstance(x, resources.ResourceVariable)
    assert resources.is_resource_variable(x)
    assert not resources.is_resource_variable(tf.Variable(1.0))
    assert isinstance(x, internal("ops.variables").VariableV1)
    add = resources.resource_scatter_add(x.handle, [2, 0], [10.0, 20.0])
    save = tf.train.Saver([x])
    with tf.Session() as session:
        session.run(x.initializer)
        session.run(add)
        path = save.save(session, str(tmp_path / "model"))
        [restored] = internal("ops.io_ops").restore_v2(path, ["x"], [""], [tf.float32])
        assert session.run(restored).tolist() == [21.0, 2.0, 13.0]


def test_tables_of_the_internal_module():
    lookup = internal("ops.lookup_ops")
    ids = lookup.index_table_from_tensor(vocabulary_list=["a", "b"], default_value=7)
    words = lookup.index_to_string_table_from_tensor(vocabulary_list=["a", "b"])
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        assert session.run(ids.lookup(tf.constant(["b", "c"]))).tolist() == [1, 7]
        assert session.run(words.lookup(tf.constant([1, 5], tf.int64))).tolist() == [b"b", b"UNK"]
    assert isinstance(ids, tf.contrib.lookup.LookupInterface)
    assert lookup.index_table_from_file is tf.contrib.lookup.index_table_from_file


def test_arguments_of_functions():
    util = internal("util.function_utils")

    def function(a, b=2, *rest, c=3, **others): ...

    class Called:
        def __call__(self, z, w=1): ...

        def method(self, x, y): ...

    partial = functools.partial
    found = [
        util.fn_args(item)
        for item in (
            function,
            partial(function, 1),
            partial(function, b=1),
            Called(),
            Called().method,
            partial(Called().method, 1),
        )
    ]
    assert found == [("a", "b"), ("b",), ("a",), ("z", "w"), ("x", "y"), ("y",)]
    assert [util.has_kwargs(item) for item in (partial(function, 1), Called())] == [True, False]
    assert util.get_func_name(partial(function, 1)) == "function"
    assert internal("estimator.util").fn_args is util.fn_args


def test_scopes_and_stores():
    variables = internal("ops.variable_scope")
    assert tf.get_collection(variables._VARSTORE_KEY) == []
    w = tf.get_variable("w", [2])
    [store] = tf.get_collection(variables._VARSTORE_KEY)
    assert store.variables == {"w": w}
    [scopes] = tf.get_collection(variables._VARSCOPESTORE_KEY)
    with tf.variable_scope("outer"):
        assert scopes.current_scope.name == "outer"
        assert tf.get_default_graph()._name_stack == "outer"
    size = internal("ops.array_ops").shape_internal(tf.zeros([2, 3]), optimize=False)
    assert size.op.type == "Shape"
    steps = internal("training.basic_session_run_hooks").get_or_create_steps_per_run_variable
    assert (steps().name, steps(), steps().dtype) == ("hooks/steps_per_run:0", steps(), tf.int32)
    assert tf.local_variables() == [steps()]
    assert internal("framework.random_seed").DEFAULT_GRAPH_SEED == 87654321


def test_another_dense_type():
    ops = internal("framework.ops")

    class Mine:
        name = property(lambda self: "mine")
        dtype = property(lambda self: tf.float32)

    class Nameless:
        dtype = property(lambda self: tf.float32)

    assert not ops.is_dense_tensor_like(Mine())
    ops.register_dense_tensor_like_type(Mine)
    assert ops.is_dense_tensor_like(Mine())
    assert ops.is_dense_tensor_like(tf.constant(1))
    with pytest.raises(TypeError, match="'name'"):
        ops.register_dense_tensor_like_type(Nameless)


def test_hooks_around_a_session():
    seen: list[Any] = []

    class Hook(tf.train.SessionRunHook):
        def before_run(self, run_context: Any) -> Any:
            return tf.train.SessionRunArgs(twice)

        def after_run(self, run_context: Any, run_values: Any) -> None:
            seen.append(run_values.results)
            run_context.request_stop()

    x = tf.placeholder(tf.float32)
    twice = x * 2
    with tf.Session() as session:
        hooked = internal("training.monitored_session")._HookedSession(session, [Hook()])
        assert hooked.graph is session.graph
        assert not hooked.should_stop()
        assert hooked.run(x + 1, {x: 5.0}) == 6.0
    assert seen == [10.0]
    assert hooked.should_stop()


def test_summaries_and_events(tmp_path: Path):
    util = internal("ops.summary_op_util")
    with util.summary_scope("loss", family="train", values=[]) as (tag, scope):
        assert (tag, scope) == ("train/train/loss", "train/loss/")
    assert internal("distribute.summary_op_util").skip_summary() is False
    module = internal("summary.writer.event_file_writer")
    writer = module.EventFileWriter(str(tmp_path), 10, 120, None)
    writer.add_event(tf.Event(step=3, wall_time=1.5))
    writer.flush()
    assert writer.get_logdir() == str(tmp_path)
    writer.close()
    [path] = tmp_path.iterdir()
    assert [event.step for event in tf.train.summary_iterator(str(path))] == [0, 3]


def test_modules_of_optimizers():
    opt = "contrib.opt.python.training"
    assert module_of(f"{opt}.lars_optimizer").LARSOptimizer is tf.contrib.opt.LARSOptimizer
    decay = module_of(f"{opt}.sign_decay").get_linear_decay_fn(4)
    root = module_of(f"{opt}.matrix_functions").matrix_square_root([[4.0]], 1, ridge_epsilon=0.0)
    with tf.Session() as session:
        assert session.run(decay(1)) == 0.75
        np.testing.assert_allclose(session.run(root), [[2]], rtol=1e-5)
    scales = internal("training.experimental.loss_scale")
    assert scales.DynamicLossScale is tf.train.experimental.DynamicLossScale
    manager = module_of("contrib.mixed_precision.python.loss_scale_manager").FixedLossScaleManager
    assert manager is tf.contrib.mixed_precision.FixedLossScaleManager


def nan_in_the_third_run():
    """A variable that loses 1 in each run, and a tensor that nobody fetches."""
    w = tf.Variable(2.0, name="w")
    with tf.control_dependencies([tf.log(w, name="hidden")]):
        return w, tf.assign_sub(w, 1.0)


def test_the_debugger_ends_a_session_at_the_first_bad_tensor():
    debug = internal("debug")
    w, step = nan_in_the_third_run()
    with debug.LocalCLIDebugWrapperSession(tf.Session(), ui_type="readline") as session:
        session.add_tensor_filter("has_inf_or_nan", debug.has_inf_or_nan)
        session.run(w.initializer)
        assert [session.run(step), session.run(step)] == [1, 0]
        with pytest.raises(tf.debug.NanFoundError, match="hidden") as info:
            session.run(step)
        assert info.value.finding.fact == "log of 0.0"
        assert session.session.run(w) == 0
        assert session.graph is tf.get_default_graph()
        with pytest.raises(NotImplementedError, match="has_inf_or_nan"):
            session.add_tensor_filter("mine", lambda datum, tensor: True)


def test_the_debugger_without_filters_lets_all_pass():
    w, step = nan_in_the_third_run()
    with internal("debug").LocalCLIDebugWrapperSession(tf.Session()) as session:
        session.run(w.initializer)
        assert [session.run(step) for _ in range(4)] == [1, 0, -1, -2]


def test_the_debugger_as_a_hook():
    debug = internal("debug")
    _, step = nan_in_the_third_run()
    hook = debug.LocalCLIDebugHook()
    hook.add_tensor_filter("has_inf_or_nan", debug.has_inf_or_nan)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(step)
        session.run(step)
        with pytest.raises(tf.debug.NanFoundError, match="hidden"):
            session.run(step)


def test_the_debugger_is_missing_only_when_used():
    debug = internal("debug")
    assert internal("keras").layers is tf.keras.layers
    for name in ("TensorBoardDebugWrapperSession", "DumpingDebugHook"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(debug, name)(tf.Session())
    assert debug.has_inf_or_nan(None, np.float32([1, np.nan]))
    assert not debug.has_inf_or_nan(None, np.int32([1, 2]))


def test_the_module_of_readers():
    assert internal("data.ops.readers").TFRecordDataset is tf.data.TFRecordDataset


def test_the_module_of_linear_operators_helpers():
    util = internal("ops.linalg.linear_operator_util")
    x = tf.placeholder(tf.complex64, [2])
    real, nonzero = util.assert_zero_imag_part(x), util.assert_no_entries_with_modulus_zero(x, "0!")
    with tf.Session() as session:
        session.run([real, nonzero], {x: [1, -4]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="0!"):
            session.run(nonzero, {x: [1, 0]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="not real"):
            session.run(real, {x: [1, 1j]})
    with pytest.raises(ValueError, match="fewer than two axes"):
        util.broadcast_matrix_batch_dims([tf.ones([2])])


def test_a_shape_as_a_vector():
    convert = internal("framework.constant_op")._tensor_shape_tensor_conversion_function
    vector = convert(tf.TensorShape([2, 5]))
    assert (vector.dtype, tf.Session().run(vector).tolist()) == (tf.int32, [2, 5])
    with pytest.raises(ValueError, match="fully"):
        convert(tf.TensorShape([2, None]))
    with pytest.raises(NotImplementedError, match="as_ref"):
        convert(tf.TensorShape([2]), as_ref=True)


def test_a_pure_variable_scope_leaves_names_of_operations_alone():
    scope = internal("ops.variable_scope")
    with tf.name_scope("outer"):
        with scope._pure_variable_scope("inner", initializer=tf.zeros_initializer()) as inner:
            v = tf.get_variable("v", [2])
            assert tf.constant(1.0, name="c").op.name == "outer/c"
        with scope._pure_variable_scope(inner, reuse=True):
            assert tf.get_variable("v") is v
    assert (v.op.name, inner.name) == ("inner/v", "inner")
    with tf.Session() as session:
        session.run(v.initializer)
        assert session.run(v).tolist() == [0.0, 0.0]


def test_private_names_of_graph_elements():
    t = tf.placeholder(tf.float32, [2, 3])
    assert t._shape == t.shape
    assert t.op._traceback == t.op.traceback


@pytest.mark.parametrize("path", ["python.ops.rnn", "contrib.seq2seq.python.ops.decoder"])
def test_batch_and_time_are_exchanged_where_there_are_both(path):
    exchange = module_of(path)._transpose_batch_time
    x, short = tf.placeholder(tf.float32, [2, None, 5]), tf.ones([3])
    assert exchange(x).shape.as_list() == [None, 2, 5]
    assert exchange(short) is short
    with pytest.raises(AttributeError, match="_nowhere"):
        _ = module_of(path)._nowhere
