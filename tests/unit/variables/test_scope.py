"""Variable scopes: names, sharing, defaults."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import graphflow as tf
from graphflow.variables.scope import AUTO_REUSE


def name_of(scope_or_name="w", shape=(1,), **options):
    return tf.get_variable(scope_or_name, shape, **options).name


class TestNames:
    def test_nodes(self):
        with tf.variable_scope("layer"):
            tf.get_variable("w", [2, 3])
        names = [operation.name for operation in tf.get_default_graph().get_operations()]
        assert names == [
            "layer/w/Initializer/random_uniform/shape",
            "layer/w/Initializer/random_uniform/min",
            "layer/w/Initializer/random_uniform/max",
            "layer/w/Initializer/random_uniform/RandomUniform",
            "layer/w/Initializer/random_uniform/sub",
            "layer/w/Initializer/random_uniform/mul",
            "layer/w/Initializer/random_uniform",
            "layer/w",
            "layer/w/Assign",
            "layer/w/read",
        ]

    def test_nested(self):
        with tf.variable_scope("a"), tf.variable_scope("b"):
            assert name_of() == "a/b/w:0"

    def test_name_scopes_do_not_count(self):
        with tf.name_scope("ignored"):
            assert name_of() == "w:0"

    def test_operations_are_in_a_scope_of_their_own_each_time(self):
        names = []
        for _ in range(2):
            with tf.variable_scope("a", reuse=AUTO_REUSE):
                names += [name_of(), tf.constant(1, name="c").name]
        assert names == ["a/w:0", "a/c:0", "a/w:0", "a_1/c:0"]

    def test_reopened_scope(self):
        with tf.variable_scope("a") as scope:
            name_of("v")
        with tf.variable_scope("b"), tf.variable_scope(scope) as again:
            assert name_of() == "a/w:0"
            assert tf.constant(1, name="c").name == "b/a/c:0"
            assert again.name == "a"
            assert again.original_name_scope == "a/"

    def test_default_name_is_made_unique(self):
        names = []
        for _ in range(3):
            with tf.variable_scope(None, "d"):
                names.append(name_of())
        assert names == ["d/w:0", "d_1/w:0", "d_2/w:0"]

    def test_default_names_start_anew_in_each_scope(self):
        with tf.variable_scope("a"), tf.variable_scope(None, "d"):
            assert name_of() == "a/d/w:0"
        with tf.variable_scope("b"), tf.variable_scope(None, "d"):
            assert name_of() == "b/d/w:0"

    def test_default_name_ignored_if_there_is_a_name(self):
        with tf.variable_scope("a", "d"):
            assert name_of() == "a/w:0"

    def test_without_name_scope(self):
        with tf.name_scope("n"), tf.variable_scope("a", auxiliary_name_scope=False):
            assert name_of() == "a/w:0"
            assert tf.constant(1, name="c").name == "n/c:0"

    def test_root(self):
        root = tf.get_variable_scope()
        with tf.variable_scope("a"), tf.variable_scope(root):
            assert name_of() == "w:0"
            assert tf.constant(1, name="c").name == "a/c:0"

    def test_scope_object_reentered(self):
        context = tf.variable_scope("a", reuse=AUTO_REUSE)
        names = []
        for _ in range(2):
            with context:
                names.append(name_of())
        assert names == ["a/w:0", "a/w:0"]

    def test_deprecated_forms(self):
        with tf.variable_op_scope([], None, "d") as scope:
            assert scope.name == "d"
        with tf.op_scope([], "n") as name:
            assert name == "n/"

    def test_threads_have_scopes_of_their_own(self):
        names = []

        def work(graph):
            with graph.as_default():
                names.append(tf.get_variable_scope().name)

        with tf.variable_scope("a"):
            thread = threading.Thread(target=work, args=[tf.get_default_graph()])
            thread.start()
            thread.join()
        assert names == [""]


class TestSharing:
    def test_reuse_true(self):
        with tf.variable_scope("a"):
            w = tf.get_variable("w", [2, 3])
        with tf.variable_scope("a", reuse=True):
            assert tf.get_variable("w", [2, 3]) is w
            assert tf.get_variable("w") is w

    def test_auto_reuse(self):
        with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", [2, 3])
            assert tf.get_variable("w", [2, 3]) is w

    def test_reuse_variables(self):
        with tf.variable_scope("a") as scope:
            w = tf.get_variable("w", [2, 3])
            scope.reuse_variables()
            assert tf.get_variable("w", [2, 3]) is w
        assert tf.get_variable_scope().reuse is False

    def test_inherited(self):
        with tf.variable_scope("a", reuse=tf.AUTO_REUSE), tf.variable_scope("b") as inner:
            assert inner.reuse is tf.AUTO_REUSE
            assert tf.get_variable("w", [1]) is tf.get_variable("w", [1])

    def test_a_scope_can_be_reopened_without_sharing_lost(self):
        with tf.variable_scope("a", reuse=tf.AUTO_REUSE) as scope:
            w = tf.get_variable("w", [1])
        with tf.variable_scope(scope):
            assert tf.get_variable("w", [1]) is w

    def test_exists_already(self):
        tf.get_variable("w", [2, 3])
        with pytest.raises(ValueError, match=r"'w' exists already.*test_scope\.py:\d+ in test_ex"):
            tf.get_variable("w", [2, 3])

    def test_does_not_exist(self):
        with (
            tf.variable_scope("a", reuse=True),
            pytest.raises(ValueError, match=r"'a/w' does not exist.*AUTO_REUSE"),
        ):
            tf.get_variable("w", [2, 3])

    def test_plain_variables_are_not_shared(self):
        tf.Variable([1.0], name="w")
        with tf.variable_scope("", reuse=True), pytest.raises(ValueError, match="does not exist"):
            tf.get_variable("w", [1])

    def test_other_shape(self):
        tf.get_variable("w", [2, 3])
        with (
            tf.variable_scope("", reuse=True),
            pytest.raises(ValueError, match=r"shape \(3, 2\), but it has shape \(2, 3\)"),
        ):
            tf.get_variable("w", [3, 2])

    def test_other_dtype(self):
        tf.get_variable("w", [2, 3])
        with (
            tf.variable_scope("", reuse=True),
            pytest.raises(ValueError, match="dtype int32, but it has dtype float32_ref"),
        ):
            tf.get_variable("w", [2, 3], dtype=tf.int32)

    def test_graphs_are_separate(self):
        w = tf.get_variable("w", [1])
        with tf.Graph().as_default():
            assert tf.get_variable("w", [1]) is not w


class TestArguments:
    def test_wrong_scopes(self):
        with pytest.raises(TypeError, match="name_or_scope"):
            tf.variable_scope(None)
        with pytest.raises(TypeError, match="VariableScope"):
            tf.variable_scope(3)
        with pytest.raises(ValueError, match="reuse"):
            tf.variable_scope("a", reuse="yes")
        with pytest.raises(ValueError, match="name_or_scope"):
            tf.variable_scope(None, "d", reuse=True)

    def test_value_as_initializer(self):
        w = tf.get_variable("w", initializer=np.asarray([[1, 2]], np.float64))
        assert (w.dtype, w.shape.as_list()) == (tf.as_dtype("float64_ref"), [1, 2])

    def test_value_and_shape(self):
        with pytest.raises(ValueError, match="do not give a shape"):
            tf.get_variable("w", [2], initializer=[1.0, 2.0])

    def test_value_of_another_dtype(self):
        with pytest.raises(ValueError, match="dtype float32, not the given int32"):
            tf.get_variable("w", initializer=[1.0, 2.0], dtype=tf.int32)

    def test_function_without_arguments(self):
        w = tf.get_variable("w", initializer=lambda: tf.fill([2], 3.0))
        assert w.shape.as_list() == [2]

    def test_class_as_initializer(self):
        w = tf.get_variable("w", [2], initializer=tf.ones_initializer)
        assert w.initial_value.name == "w/Initializer/ones:0"

    def test_unknown_shape(self):
        with pytest.raises(ValueError, match="fully known shape"):
            tf.get_variable("w", [None, 2])

    def test_default_initializers(self):
        w = tf.get_variable("w", [2], dtype=tf.int64)
        b = tf.get_variable("b", [2], dtype=tf.bool)
        assert w.initial_value.name == "w/Initializer/zeros:0"
        assert b.initial_value.name == "b/Initializer/zeros:0"
        with pytest.raises(ValueError, match="needs an initializer"):
            tf.get_variable("c", [2], dtype=tf.complex64)

    def test_defaults_of_the_scope(self):
        options = {
            "initializer": tf.ones_initializer(),
            "regularizer": tf.reduce_sum,
            "dtype": tf.float64,
            "use_resource": True,
            "constraint": abs,
        }
        with tf.variable_scope("a", **options), tf.variable_scope("b"):
            w = tf.get_variable("w", [2])
        assert w.dtype == tf.float64
        assert w.op.type == "VarHandleOp"
        assert w.constraint is abs
        assert w.initial_value.name == "a/b/w/Initializer/ones:0"
        (loss,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        assert loss.name.startswith("a/b/w/Regularizer/")

    def test_use_resource_of_the_scope_counts_for_plain_variables(self):
        with tf.variable_scope("a", use_resource=True):
            assert tf.Variable(1.0).op.type == "VarHandleOp"
        assert tf.Variable(1.0).op.type == "VariableV2"

    def test_no_regularizer(self):
        with tf.variable_scope("a", regularizer=tf.reduce_sum):
            tf.get_variable("w", [2], regularizer=tf.no_regularizer)
        assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == []

    def test_regularized_once(self):
        with tf.variable_scope("a", reuse=tf.AUTO_REUSE, regularizer=tf.reduce_sum):
            tf.get_variable("w", [2])
            tf.get_variable("w", [2])
        assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1

    def test_setters(self):
        with tf.variable_scope("a") as scope:
            scope.set_initializer(tf.ones_initializer())
            scope.set_dtype(tf.float64)
            scope.set_use_resource(True)
            scope.set_regularizer(None)
            scope.set_caching_device("/cpu:0")
            scope.set_partitioner(None)
            scope.set_custom_getter(None)
            w = tf.get_variable("w", [2])
        assert (w.dtype, w.op.type) == (tf.float64, "VarHandleOp")
        assert w.value().device == "/device:CPU:0"

    def test_collections(self):
        with tf.variable_scope("a") as scope:
            w = tf.get_variable("w", [2])
            u = tf.get_variable("u", [2], trainable=False)
            local = tf.get_local_variable("local", [2])
        tf.get_variable("ab", [2])
        assert scope.global_variables() == [w, u]
        assert scope.trainable_variables() == [w]
        assert scope.local_variables() == [local]
        assert local.trainable is False

    def test_custom_getters_nest(self):
        calls = []

        def getter(tag):
            def get(getter, name, *args, **kwargs):
                calls.append((tag, name))
                return getter(name, *args, **kwargs)

            return get

        outer, inner = getter(1), getter(2)
        with (
            tf.variable_scope("a", custom_getter=outer),
            tf.variable_scope("b", custom_getter=inner),
        ):
            w = tf.get_variable("w", [2])
        assert calls == [(2, "a/b/w"), (1, "a/b/w")]
        assert w.name == "a/b/w:0"

    def test_custom_getter_replaces_the_value(self):
        def doubled(getter, name, *args, **kwargs):
            return 2.0 * getter(name, *args, **kwargs)

        with tf.variable_scope("a", custom_getter=doubled):
            value = tf.get_variable("w", [2], initializer=tf.ones_initializer())
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            np.testing.assert_array_equal(session.run(value), [2, 2])

    def test_creator_scope_sees_get_variable(self):
        seen = []

        def creator(next_creator, **kwargs):
            seen.append(kwargs["name"])
            return next_creator(**kwargs)

        with tf.variable_creator_scope(creator), tf.variable_scope("a"):
            tf.get_variable("w", [2])
        assert seen == ["a/w"]


class TestPartitions:
    def test_parts(self):
        with tf.variable_scope("a", partitioner=tf.fixed_size_partitioner(3)):
            w = tf.get_variable("w", [7, 2], initializer=tf.ones_initializer())
        assert [part.name for part in w] == ["a/w/part_0:0", "a/w/part_1:0", "a/w/part_2:0"]
        assert [part.shape.as_list() for part in w] == [[3, 2], [2, 2], [2, 2]]
        specs = [part._get_save_slice_info().spec for part in w]
        assert specs == ["7 2 0,3:0,2", "7 2 3,2:0,2", "7 2 5,2:0,2"]
        assert len(w) == 3
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            np.testing.assert_array_equal(session.run(tf.identity(w)), np.ones([7, 2]))

    def test_value_is_cut(self):
        value = np.arange(10, dtype=np.float32).reshape(5, 2)
        w = tf.get_variable("w", initializer=value, partitioner=tf.fixed_size_partitioner(2))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            np.testing.assert_array_equal(session.run(w.as_tensor()), value)
            np.testing.assert_array_equal(session.run(w), value)
            np.testing.assert_array_equal(session.run(list(w)[1]), value[3:])

    def test_assign(self):
        w = tf.get_variable("w", [3], partitioner=tf.fixed_size_partitioner(2))
        with tf.Session() as session:
            session.run(w.assign([5.0, 6.0, 7.0]))
            session.run(w.assign_add([1.0, 1.0, 2.0]))
            np.testing.assert_array_equal(session.run(w), [6, 7, 9])

    def test_sharing(self):
        partitioner = tf.fixed_size_partitioner(2)
        w = tf.get_variable("w", [4], partitioner=partitioner)
        with tf.variable_scope("", reuse=True):
            assert tf.get_variable("w", [4], partitioner=partitioner) is w
            with pytest.raises(ValueError, match="partitioned"):
                tf.get_variable("w", [4])
        with pytest.raises(ValueError, match="exists already"):
            tf.get_variable("w", [4], partitioner=partitioner)

    def test_identity_knows_its_part(self):
        w = tf.get_variable(
            "w",
            [4, 4],
            initializer=tf.initializers.identity(),
            partitioner=(tf.fixed_size_partitioner(2)),
        )
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            np.testing.assert_array_equal(session.run(w), np.eye(4))

    def test_two_axes(self):
        with pytest.raises(ValueError, match="one axis"):
            tf.get_variable("w", [4, 4], partitioner=lambda **_: [2, 2])


class TestTemplates:
    def test_shares(self):
        def layer(x, factor):
            return x * tf.get_variable("w", [], initializer=tf.ones_initializer()) * factor

        template = tf.make_template("layer", layer, factor=3.0)
        results = [template(1.0), template(2.0)]
        other = tf.make_template("layer", layer, factor=5.0)
        other(1.0)
        names = [v.name for v in tf.global_variables()]
        assert names == ["layer/w:0", "layer_1/w:0"]
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert session.run(results) == [3, 6]
        assert [v.name for v in template.variables] == ["layer/w:0"]

    def test_new_variables_later_are_refused(self):
        def layer():
            tf.get_variable("w", [], initializer=tf.ones_initializer())
            tf.Variable(1.0)

        template = tf.make_template("layer", layer)
        template()
        with pytest.raises(ValueError, match="new trainable variables"):
            template()

    def test_scope_now(self):
        template = tf.make_template("t", lambda: tf.get_variable("w", [1]), create_scope_now_=True)
        with tf.variable_scope("elsewhere"):
            assert template().name == "t/w:0"

    def test_no_function(self):
        with pytest.raises(ValueError, match="function"):
            tf.make_template("t", 3)


def test_partitioned_variables_as_lists():
    whole = tf.constant([[1.0, 2.0, 5.0], [3.0, 4.0, 7.0]])
    parts = tf.create_partitioned_variables([2, 3], [1, 2], whole, collections=["mine"])
    assert [part.name for part in parts] == [
        "PartitionedVariable/part_0:0", "PartitionedVariable/part_1:0",
    ]  # fmt: skip
    again = tf.create_partitioned_variables([2, 3], [1, 2], whole)
    assert again[0].name == "PartitionedVariable_1/part_0:0"
    assert tf.get_collection("mine") == parts
    shared = tf.create_partitioned_variables(
        [2, 3], [1, 2], whole, name="PartitionedVariable", reuse=True
    )
    assert shared == parts
    with tf.Session() as session:
        session.run(tf.variables_initializer(parts))
        assert session.run(parts[1]).tolist() == [[5.0], [7.0]]
    with pytest.raises(ValueError, match=r"each axis of \[2, 3\]"):
        tf.create_partitioned_variables([2, 3], [1], whole)
    with pytest.raises(ValueError, match="scalar"):
        tf.create_partitioned_variables([], [], whole)
