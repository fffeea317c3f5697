"""Reference and resource variables: names, reading, writing, collections."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

KINDS = pytest.mark.parametrize("use_resource", [False, True])


def initialized(*variables):
    session = tf.Session()
    session.run([variable.initializer for variable in variables])
    return session


def node_names():
    return [operation.name for operation in tf.get_default_graph().get_operations()]


class TestNames:
    def test_reference_variable(self):
        tf.Variable([1.0, 2.0], name="v")
        assert node_names() == ["v/initial_value", "v", "v/Assign", "v/read"]

    def test_reference_variable_of_a_function(self):
        tf.Variable(lambda: tf.zeros([3]), name="v")
        expected = ["v/Initializer/zeros", "v", "v/Assign", "v/read"]
        assert node_names() == expected

    def test_resource_variable(self):
        tf.Variable([1.0, 2.0], name="v", use_resource=True)
        assert node_names() == [
            "v/Initializer/initial_value",
            "v",
            "v/IsInitialized/VarIsInitializedOp",
            "v/Assign",
            "v/Read/ReadVariableOp",
        ]

    def test_default_name_is_made_unique(self):
        assert [tf.Variable(1).name for _ in range(2)] == ["Variable:0", "Variable_1:0"]

    def test_name_scope_is_in_front(self):
        with tf.name_scope("outer"):
            assert tf.Variable(1, name="v").name == "outer/v:0"

    def test_use_of_a_reference_variable_takes_its_read(self):
        v = tf.Variable([1.0, 2.0], name="v")
        assert (v + 1.0).op.inputs[0].name == "v/read:0"

    def test_use_of_a_resource_variable_reads_it_in_place(self):
        v = tf.Variable([[1.0, 2.0]], name="v", use_resource=True)
        assert tf.matmul([[3.0]], v).op.inputs[1].name == "MatMul/ReadVariableOp:0"

    def test_types_of_the_nodes(self):
        v = tf.Variable([1.0], name="v")
        assert [v.op.type, v.initializer.type, v.value().op.type] == [
            "VariableV2",
            "Assign",
            "Identity",
        ]


class TestFacts:
    def test_repr(self):
        v = tf.Variable(np.zeros([2, 3], np.float32), name="v")
        assert repr(v) == "<tf.Variable 'v:0' shape=(2, 3) dtype=float32_ref>"

    def test_repr_of_resource_variable(self):
        v = tf.Variable(np.zeros([2, 3]), name="v", use_resource=True)
        assert repr(v) == "<tf.Variable 'v:0' shape=(2, 3) dtype=float64>"

    @KINDS
    def test_kind(self, use_resource):
        v = tf.Variable([1, 2], use_resource=use_resource)
        assert isinstance(v, tf.Variable)
        assert v.op.type == ("VarHandleOp" if use_resource else "VariableV2")

    @KINDS
    def test_dtype_converts_the_initial_value(self, use_resource):
        v = tf.Variable([1, 2], dtype=tf.float64, use_resource=use_resource)
        assert v.dtype.base_dtype == tf.float64
        assert v.initial_value.dtype == tf.float64

    @KINDS
    def test_graph_device_and_constraint(self, use_resource):
        with tf.device("/cpu:0"):
            v = tf.Variable([1.0], constraint=abs, use_resource=use_resource)
        assert v.graph is tf.get_default_graph()
        assert v.device == "/device:CPU:0"
        assert v.constraint is abs

    @KINDS
    def test_equality_is_identity(self, use_resource):
        v = tf.Variable(1, use_resource=use_resource)
        w = tf.Variable(1, use_resource=use_resource)
        assert (v == w, v == v, len({v, w})) == (False, True, 2)
        assert v.experimental_ref() == v.experimental_ref()
        assert v.experimental_ref() != w.experimental_ref()
        assert v.experimental_ref().deref() is v

    @KINDS
    def test_no_iteration(self, use_resource):
        v = tf.Variable([1, 2], use_resource=use_resource)
        with pytest.raises(TypeError, match="iterated"):
            iter(v)

    def test_truth(self):
        # A reference is an object like others; a resource variable is read.
        assert tf.Variable(0)
        with pytest.raises(TypeError, match="truth value"):
            bool(tf.Variable(0, use_resource=True))

    def test_without_initial_value(self):
        with pytest.raises(ValueError, match="initial_value"):
            tf.Variable()

    def test_unknown_shape_is_refused(self):
        x = tf.placeholder(tf.float32, [None])
        with pytest.raises(ValueError, match="validate_shape=False"):
            tf.Variable(x)

    def test_unknown_shape_with_validate_shape_false(self):
        x = tf.placeholder(tf.float32, [None])
        v = tf.Variable(x, validate_shape=False)
        assert v.shape.ndims is None
        with tf.Session() as session:
            session.run(v.initializer, {x: [1, 2, 3]})
            np.testing.assert_array_equal(session.run(v), [1, 2, 3])
            session.run(v.initializer, {x: [4, 5]})
            np.testing.assert_array_equal(session.run(v * 2.0), [8, 10])

    def test_constraint_must_be_a_function(self):
        with pytest.raises(ValueError, match="constraint"):
            tf.Variable(1.0, constraint=3)

    def test_set_shape(self):
        v = tf.Variable(tf.placeholder(tf.float32, [None, 2]), validate_shape=False)
        v.set_shape([3, 2])
        assert v.shape.as_list() == [3, 2]
        assert v.value().shape.as_list() == [3, 2]


class TestCollections:
    @KINDS
    def test_default(self, use_resource):
        v = tf.Variable(1.0, use_resource=use_resource)
        assert tf.global_variables() == [v]
        assert tf.trainable_variables() == [v]
        assert tf.local_variables() == []

    @KINDS
    def test_not_trainable(self, use_resource):
        v = tf.Variable(1.0, trainable=False, use_resource=use_resource)
        assert tf.global_variables() == [v]
        assert tf.trainable_variables() == []

    @KINDS
    def test_own_collections(self, use_resource):
        v = tf.Variable(1.0, collections=["mine"], use_resource=use_resource)
        assert tf.global_variables() == []
        assert tf.get_collection("mine") == [v]
        assert tf.trainable_variables() == [v]

    def test_filter_by_scope(self):
        v, _ = tf.Variable(1, name="a/v"), tf.Variable(2, name="b/w")
        assert tf.global_variables("a/") == [v]

    def test_synchronized_when_read_is_not_trainable(self):
        v = tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ)
        assert not v.trainable
        with pytest.raises(ValueError, match="cannot be trainable"):
            tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ, trainable=True)


class TestReading:
    @KINDS
    def test_fetch_and_eval(self, use_resource):
        v = tf.Variable([[1.0, 2.0, 4.0]], use_resource=use_resource)
        with initialized(v) as session:
            np.testing.assert_array_equal(session.run(v), [[1, 2, 4]])
            np.testing.assert_array_equal(v.eval(), [[1, 2, 4]])
            np.testing.assert_array_equal(session.run(v.read_value()), [[1, 2, 4]])

    @KINDS
    def test_uninitialized(self, use_resource):
        v = tf.Variable(1.0, name="v", use_resource=use_resource)
        with (
            tf.Session() as session,
            pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"),
        ):
            session.run(v)

    @KINDS
    def test_is_initialized(self, use_resource):
        v = tf.Variable(1.0, use_resource=use_resource)
        test = tf.is_variable_initialized(v)
        with tf.Session() as session:
            assert not session.run(test)
            session.run(v.initializer)
            assert session.run(test)

    @KINDS
    def test_initialized_value(self, use_resource):
        v = tf.Variable([2.0, 3.0], use_resource=use_resource)
        value = v.initialized_value()
        with tf.Session() as session:
            np.testing.assert_array_equal(session.run(value), [2, 3])
            session.run(v.initializer)
            session.run(v.assign([5, 7]))
            np.testing.assert_array_equal(session.run(value), [5, 7])

    @KINDS
    def test_initial_value_from_another_variable(self, use_resource):
        v = tf.Variable([2.0, 3.0], use_resource=use_resource)
        w = tf.Variable(v.initialized_value() * 10.0, use_resource=use_resource)
        with tf.Session() as session:
            session.run(w.initializer)
            np.testing.assert_array_equal(session.run(w), [20, 30])

    def test_dependent_initial_values_are_guarded(self):
        v = tf.Variable([2.0, 3.0], name="v")
        w = tf.Variable(v * 10.0, name="w")
        with tf.Session() as session:
            session.run(w.initializer)
            np.testing.assert_array_equal(session.run(w), [20, 30])

    @KINDS
    def test_all_initialized_at_once(self, use_resource):
        v = tf.Variable([2.0, 3.0], use_resource=use_resource)
        w = tf.Variable(v.initialized_value() + 1.0, use_resource=use_resource)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            np.testing.assert_array_equal(session.run(w), [3, 4])

    @KINDS
    def test_gather(self, use_resource):
        v = tf.Variable([[1, 2], [3, 4], [5, 6]], use_resource=use_resource)
        with initialized(v) as session:
            np.testing.assert_array_equal(session.run(v.sparse_read([2, 0])), [[5, 6], [1, 2]])
            np.testing.assert_array_equal(session.run(v.gather_nd([[2, 1], [0, 0]])), [6, 1])

    @KINDS
    def test_reads_see_writes_they_depend_on(self, use_resource):
        v = tf.Variable(1.0, use_resource=use_resource)
        with tf.control_dependencies([v.assign(5.0)]):
            after = v.read_value() + 1.0
        with initialized(v) as session:
            assert session.run(after) == 6

    @KINDS
    @pytest.mark.parametrize("dtype", [np.float64, np.int8, np.complex64, np.bool_])
    def test_dtypes(self, dtype, use_resource):
        values = np.asarray([1, 0, 3], dtype)
        v = tf.Variable(values, use_resource=use_resource)
        with initialized(v) as session:
            result = session.run(v)
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, values)

    @KINDS
    def test_strings(self, use_resource):
        v = tf.Variable(["a", "bc"], use_resource=use_resource)
        w = tf.Variable("x", use_resource=use_resource)
        with initialized(v, w) as session:
            assert session.run(v).tolist() == [b"a", b"bc"]
            assert session.run(w) == b"x"
            assert session.run(w.assign("longer")) == b"longer"


class TestOperators:
    @KINDS
    def test_forward_to_tensors(self, use_resource):
        v = tf.Variable([2.0, 3.0], use_resource=use_resource)
        results = [v + 1.0, 1.0 - v, v * v, v / 2.0, v**2.0, -v, v[1], v > 2.5, abs(-v)]
        expected = [[3, 4], [-1, -2], [4, 9], [1, 1.5], [4, 9], [-2, -3], 3, [False, True], [2, 3]]
        with initialized(v) as session:
            for result, wanted in zip(results, expected, strict=True):
                np.testing.assert_allclose(session.run(result), wanted)

    def test_tensor_on_the_left(self):
        v = tf.Variable([2.0, 3.0])
        with initialized(v) as session:
            np.testing.assert_array_equal(session.run(tf.constant([5.0, 7.0]) - v), [3, 4])
            np.testing.assert_array_equal(session.run(np.float32(1) + v), [3, 4])

    def test_conversion_checks_the_dtype(self):
        with pytest.raises(ValueError, match=r"tf\.cast"):
            tf.convert_to_tensor(tf.Variable(1.0), dtype=tf.int32)


class TestWriting:
    @KINDS
    def test_assign(self, use_resource):
        v = tf.Variable([1.0, 2.0], use_resource=use_resource)
        with initialized(v) as session:
            np.testing.assert_array_equal(session.run(v.assign([5, 7])), [5, 7])
            np.testing.assert_array_equal(session.run(v.assign_add([1, 2])), [6, 9])
            np.testing.assert_array_equal(session.run(v.assign_sub([4, 1])), [2, 8])
            np.testing.assert_array_equal(session.run(tf.assign(v, [3, 4])), [3, 4])
            np.testing.assert_array_equal(session.run(tf.assign_add(v, [3, 4])), [6, 8])
            np.testing.assert_array_equal(session.run(tf.assign_sub(v, [1, 5])), [5, 3])
            np.testing.assert_array_equal(session.run(v), [5, 3])

    @KINDS
    def test_read_value_false_gives_the_operation(self, use_resource):
        v = tf.Variable([1.0, 2.0], use_resource=use_resource)
        with initialized(v) as session:
            for operation in (
                v.assign([5, 7], read_value=False),
                v.assign_add([1, 1], read_value=False),
                v.assign_sub([2, 3], read_value=False),
            ):
                assert isinstance(operation, tf.Operation)
                session.run(operation)
            np.testing.assert_array_equal(session.run(v), [4, 5])

    @KINDS
    def test_wrong_shape(self, use_resource):
        v = tf.Variable([1.0, 2.0], use_resource=use_resource)
        with pytest.raises(ValueError, match="must agree"):
            v.assign([1.0, 2.0, 3.0])
        with pytest.raises(ValueError, match="must agree"):
            v.assign_add([1.0, 2.0, 3.0])

    def test_wrong_shape_while_running(self):
        v = tf.Variable([1.0, 2.0])
        x = tf.placeholder(tf.float32)
        change = v.assign(x)
        with initialized(v) as session:
            with pytest.raises(tf.errors.InvalidArgumentError, match="must agree"):
                session.run(change, {x: [1, 2, 3]})
            np.testing.assert_array_equal(session.run(v), [1, 2])

    def test_validate_shape_false_changes_the_shape(self):
        v = tf.Variable([1.0, 2.0])
        change = tf.assign(v, [[3.0]], validate_shape=False)
        with initialized(v) as session:
            np.testing.assert_array_equal(session.run(change), [[3]])

    @KINDS
    def test_wrong_dtype(self, use_resource):
        v = tf.Variable([1, 2], use_resource=use_resource)
        with pytest.raises((TypeError, ValueError)):
            v.assign(tf.constant([1.0, 2.0]))

    def test_assign_to_a_tensor(self):
        with pytest.raises(TypeError, match="must be a variable"):
            tf.assign(tf.constant(1.0), 2.0)

    @KINDS
    def test_load(self, use_resource):
        v = tf.Variable([1.0, 2.0], use_resource=use_resource)
        with initialized(v) as session:
            v.load([8.0, 9.0], session)
            np.testing.assert_array_equal(session.run(v), [8, 9])
            v.load([6.0, 5.0])
            np.testing.assert_array_equal(session.run(v), [6, 5])

    @KINDS
    def test_scatter(self, use_resource):
        delta = tf.IndexedSlices(tf.constant([[8.0, 6.0]]), tf.constant([1]))
        expected = {
            "update": [8, 6], "add": [10, 10], "sub": [-6, -2], "mul": [16, 24],
            "div": [0.25, 4 / 6], "min": [2, 4], "max": [8, 6],
        }  # fmt: skip
        for kind, row in expected.items():
            v = tf.Variable([[1.0, 3.0], [2.0, 4.0]], use_resource=use_resource)
            change = getattr(v, f"scatter_{kind}")(delta)
            with initialized(v) as session:
                np.testing.assert_allclose(session.run(change), [[1, 3], row], rtol=1e-6)
                np.testing.assert_allclose(session.run(v), [[1, 3], row], rtol=1e-6)

    @KINDS
    def test_scatter_adds_up_repeated_indices(self, use_resource):
        v = tf.Variable([1, 2, 3], use_resource=use_resource)
        delta = tf.IndexedSlices(tf.constant([10, 20, 40]), tf.constant([2, 0, 2]))
        with initialized(v) as session:
            np.testing.assert_array_equal(session.run(v.scatter_add(delta)), [21, 2, 53])

    @KINDS
    def test_scatter_nd(self, use_resource):
        v = tf.Variable([[1, 2], [3, 4]], use_resource=use_resource)
        with initialized(v) as session:
            change = v.scatter_nd_update([[1, 0]], [30])
            np.testing.assert_array_equal(session.run(change), [[1, 2], [30, 4]])
            change = v.scatter_nd_add([[0, 1], [0, 1]], [5, 6])
            np.testing.assert_array_equal(session.run(change), [[1, 13], [30, 4]])
            change = v.scatter_nd_sub([[1]], [[1, 2]])
            np.testing.assert_array_equal(session.run(change), [[1, 13], [29, 2]])

    def test_batch_scatter_update(self):
        v = tf.Variable([[1, 2, 3], [4, 5, 6]])
        delta = tf.IndexedSlices(tf.constant([[20], [40]]), tf.constant([[1], [0]]))
        with initialized(v) as session:
            result = session.run(v.batch_scatter_update(delta))
        np.testing.assert_array_equal(result, [[1, 20, 3], [40, 5, 6]])

    def test_scatter_takes_slices_alone(self):
        with pytest.raises(TypeError, match="IndexedSlices"):
            tf.Variable([1.0]).scatter_add([1.0])

    @KINDS
    @pytest.mark.parametrize("index", [-1, 3])
    def test_scatter_out_of_range(self, index, use_resource):
        v = tf.Variable([1, 2, 3], use_resource=use_resource)
        change = tf.scatter_update(v, [0, index], [7, 8])
        with initialized(v) as session:
            with pytest.raises(
                tf.errors.InvalidArgumentError, match=rf"indices\[1\] = {index} is not in \[0, 3\)"
            ):
                session.run(change.op)
            np.testing.assert_array_equal(session.run(v), [1, 2, 3])

    @KINDS
    def test_count_up_to(self, use_resource):
        v = tf.Variable(3, use_resource=use_resource)
        count = v.count_up_to(5)
        with initialized(v) as session:
            assert [session.run(count), session.run(count), session.run(v)] == [3, 4, 5]
            with pytest.raises(tf.errors.OutOfRangeError, match="limit of 5"):
                session.run(count)


class TestAll:
    def test_report_uninitialized(self):
        v, w = tf.Variable(1, name="v"), tf.Variable(2, name="w", use_resource=True)
        report = tf.report_uninitialized_variables()
        with tf.Session() as session:
            assert session.run(report).tolist() == [b"v", b"w"]
            session.run(v.initializer)
            assert session.run(report).tolist() == [b"w"]
            session.run(w.initializer)
            assert session.run(report).tolist() == []

    def test_report_without_variables(self):
        assert tf.Session().run(tf.report_uninitialized_variables()).shape == (0,)

    def test_assert_initialized(self):
        v, w = tf.Variable(1), tf.Variable(2)
        check = tf.assert_variables_initialized()
        with tf.Session() as session:
            session.run(v.initializer)
            with pytest.raises(tf.errors.FailedPreconditionError):
                session.run(check)
            session.run(w.initializer)
            session.run(check)

    def test_initializers(self):
        v = tf.Variable(1.0)
        local = tf.get_local_variable("local", initializer=2.0)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            assert session.run([v, local]) == [1, 2]

    def test_names_of_the_initializers(self):
        tf.Variable(1.0)
        names = [tf.global_variables_initializer().name for _ in range(2)]
        assert names == ["init", "init_1"]
        assert tf.variables_initializer([]).type == "NoOp"


class TestProto:
    @KINDS
    def test_round_trip(self, use_resource):
        v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource, trainable=False)
        again = tf.Variable.from_proto(v.to_proto())
        assert (again.name, again.trainable, again.dtype) == (v.name, False, v.dtype)
        assert again.initializer is v.initializer
        assert again.initial_value is v.initial_value
        with initialized(again) as session:
            np.testing.assert_array_equal(session.run(again + 1.0), [2, 3])

    def test_fields(self):
        message = tf.Variable([1.0, 2.0], name="a/v").to_proto()
        assert message.variable_name == "a/v:0"
        assert message.initializer_name == "a/v/Assign"
        assert message.snapshot_name == "a/v/read:0"
        assert message.initial_value_name == "a/v/initial_value:0"

    def test_scopes(self):
        v = tf.Variable([1.0, 2.0], name="a/v")
        message = v.to_proto(export_scope="a")
        assert message.variable_name == "v:0"
        assert tf.Variable.from_proto(message, import_scope="a").op is v.op
        assert v.to_proto(export_scope="b") is None

    def test_save_slice_info(self):
        v = tf.Variable([1.0, 2.0], name="v")
        v._set_save_slice_info(tf.Variable.SaveSliceInfo("whole", [5, 2], [1, 0], [2, 2]))
        again = tf.Variable.from_proto(v.to_proto())
        assert again._get_save_slice_info().spec == "5 2 1,2:0,2"


def test_creators_see_and_change_arguments():
    seen = []

    def creator(next_creator, **kwargs):
        seen.append(kwargs["name"])
        kwargs["name"] = kwargs["name"] + "_renamed"
        return next_creator(**kwargs)

    with tf.variable_creator_scope(creator), tf.variable_creator_scope(creator):
        v = tf.Variable(1, name="v")
    assert seen == ["v", "v_renamed"]
    assert v.name == "v_renamed_renamed:0"


def test_variables_are_made_outside_of_control_dependencies():
    with tf.control_dependencies([tf.placeholder(tf.float32)]):
        v = tf.Variable([1.0, 2.0])
    with initialized(v) as session:
        np.testing.assert_array_equal(session.run(v), [1, 2])


def test_gradient_with_respect_to_both_kinds():
    v = tf.Variable([1.0, 2.0])
    w = tf.Variable([5.0, 7.0], use_resource=True)
    grads = tf.gradients(tf.reduce_sum(v * v * w), [v, w])
    with initialized(v, w) as session:
        dv, dw = session.run(grads)
    np.testing.assert_array_equal(dv, [10, 28])
    np.testing.assert_array_equal(dw, [1, 4])


def test_rows_of_an_updated_variable_are_those_after_the_update():
    v = tf.Variable([[1.0], [2.0], [3.0]], use_resource=True)
    updated = v.assign([[4.0], [5.0], [6.0]])
    rows = [tf.gather(updated, [2, 0]), tf.nn.embedding_lookup(updated, [2, 0])]
    with initialized(v) as session:
        for found in session.run(rows):
            np.testing.assert_array_equal(found, [[6], [4]])


def test_a_resource_variable_may_have_a_shape_known_in_parts():
    initial = tf.placeholder_with_default([[1.0, 2.0]], [None, 2])
    v = tf.Variable(initial, use_resource=True)
    assert v.shape.as_list() == [None, 2]
    with initialized(v) as session:
        session.run(v.assign([[3.0, 4.0], [5.0, 6.0]]))
        assert session.run(v).shape == (2, 2)
    with pytest.raises(ValueError, match="must have a known shape"):
        tf.Variable(initial, use_resource=False)
