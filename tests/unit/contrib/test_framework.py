"""Variables of models, structures and checks of tensors."""

from __future__ import annotations

import collections
import logging

import numpy as np
import pytest

import graphflow as tf

framework = tf.contrib.framework
nest = framework.nest


def names(variables):
    return [variable.op.name for variable in variables]


# -- variables -------------------------------------------------------------------------------------


def test_collections_of_variables():
    with tf.variable_scope("net"):
        model = framework.model_variable("w", [2, 3], collections=["mine"])
        plain = framework.variable("v", [4], trainable=False)
    local = framework.local_variable(5.0, name="count")
    other = framework.global_variable([1, 2], name="pair")
    assert tf.model_variables() == [model]
    assert tf.get_collection("mine") == [model]
    assert tf.trainable_variables() == [model]
    assert tf.global_variables() == [model, plain, other]
    assert framework.get_local_variables() == [local]
    assert model.dtype.base_dtype is tf.float32


def test_a_model_variable_is_shared_without_entering_twice():
    with tf.variable_scope("net"):
        first = framework.model_variable("w", [2, 3])
    with tf.variable_scope("net", reuse=True):
        assert framework.model_variable("w", [2, 3]) is first
    framework.add_model_variable(first)
    assert tf.model_variables() == [first]


def test_scopes_and_devices_of_variables():
    seen = []

    def getter(getter_or_name, *args, reuse=None, **kwargs):
        seen.append((getter_or_name, reuse))
        return tf.get_variable(getter_or_name, *args, **kwargs)

    with framework.arg_scope(
        [framework.variable, framework.model_variable], device="/device:CPU:1"
    ):
        framework.variable("w", [2], custom_getter=getter)
        framework.model_variable("v", [2])
    assert seen == [("w", False)]
    assert {v.device for v in tf.global_variables()} == {"/device:CPU:1"}


@pytest.fixture
def three():
    for name in ("a/w", "a/b", "c/dw", "w"):
        tf.get_variable(name, [2])


@pytest.mark.usefixtures("three")
def test_variables_are_found():
    assert names(framework.get_variables("a")) == ["a/w", "a/b"]
    assert names(framework.get_variables("a", "w")) == ["a/w"]
    assert names(framework.get_variables_by_suffix("w")) == ["a/w", "c/dw", "w"]
    assert names(framework.get_variables_by_name("w")) == ["a/w", "w"]
    assert names(framework.get_trainable_variables("c")) == ["c/dw"]
    with tf.variable_scope("a") as scope:
        assert names(framework.get_variables(scope)) == ["a/w", "a/b"]
    assert framework.get_unique_variable("w").op.name == "w"
    with pytest.raises(ValueError, match="no variable is named 'a'"):
        framework.get_unique_variable("a")


@pytest.mark.usefixtures("three")
def test_variables_are_chosen():
    assert names(framework.get_variables_to_restore()) == ["a/w", "a/b", "c/dw", "w"]
    chosen = framework.get_variables_to_restore(include=["a", "c"], exclude=["a/b"])
    assert names(chosen) == ["a/w", "c/dw"]
    with pytest.raises(TypeError, match="include is a list"):
        framework.get_variables_to_restore("a")
    everything = tf.global_variables()
    assert names(framework.filter_variables(everything, ["w"], ["d"])) == ["a/w", "w"]
    assert names(framework.filter_variables(everything, ["w"], reg_search=False)) == ["w"]


def test_the_full_name_of_a_part():
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2)):
        part = list(tf.get_variable("w", [4, 3]))[1]
    assert framework.get_variable_full_name(part) == "net/w"


@pytest.mark.usefixtures("three")
def test_values_are_assigned():
    assign = framework.assign_from_values_fn({"a/w": [3, 5], "w": np.array([[7.0], [9.0]])})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assign(sess)
        np.testing.assert_array_equal(sess.run("a/w:0"), [3, 5])
        np.testing.assert_array_equal(sess.run("w:0"), [7, 9])
    with pytest.raises(ValueError, match="no variable is named 'missing'"):
        framework.assign_from_values({"missing": 1})


def test_zero_initializer():
    w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(framework.zero_initializer(w)), [0, 0])


def test_device_chooser():
    chooser = framework.VariableDeviceChooser(2, "server", "GPU", 3, replica=1)
    assert [chooser(None) for _ in range(3)] == [
        "/job:server/replica:1/task:0/device:GPU:3",
        "/job:server/replica:1/task:1/device:GPU:3",
        "/job:server/replica:1/task:0/device:GPU:3",
    ]
    assert framework.VariableDeviceChooser()(None) == "/device:CPU:0"


def test_global_step():
    assert framework.assert_or_get_global_step() is None
    step = framework.get_or_create_global_step()
    assert framework.assert_or_get_global_step() is step
    with pytest.raises(TypeError, match="integer"):
        framework.assert_or_get_global_step(global_step_tensor=tf.constant(1.0))


# -- structures ------------------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", ["left", "right"])


def test_flattened_up_to():
    deep = {"b": [Pair(1, [2]), 3], "a": (4, 5)}
    shallow = {"a": None, "b": [Pair(None, None), None]}
    assert nest.flatten_up_to(shallow, deep) == [(4, 5), 1, [2], 3]
    mapped = nest.map_structure_up_to(shallow, str, deep)
    assert mapped == {"a": "(4, 5)", "b": [Pair("1", "[2]"), "3"]}
    assert nest.flatten_up_to("x", deep) == [deep]


def test_shallow_structures_that_do_not_fit():
    with pytest.raises(TypeError, match=r"of types list and tuple"):
        nest.assert_shallow_structure([1], (2,))
    nest.assert_shallow_structure([1], (2,), check_types=False)
    with pytest.raises(TypeError, match="is needed, not 2"):
        nest.assert_shallow_structure([1], 2)
    with pytest.raises(ValueError, match="1 and 2 parts"):
        nest.assert_shallow_structure([1], [2, 3])
    with pytest.raises(ValueError, match=r"'a' of .* is missing"):
        nest.assert_shallow_structure({"a": 1}, {"b": 2})
    with pytest.raises(ValueError, match="no structure"):
        nest.map_structure_up_to([1], str)


def test_dictionaries_with_structured_keys():
    assert nest.flatten_dict_items({(1, (2, 3)): ("a", ("b", "c"))}) == {1: "a", 2: "b", 3: "c"}
    with pytest.raises(ValueError, match="more than once"):
        nest.flatten_dict_items({(1, 2): ("a", "b"), 2: "c"})
    with pytest.raises(ValueError, match="different numbers"):
        nest.flatten_dict_items({(1, 2): ("a",)})
    with pytest.raises(TypeError, match="takes a dictionary"):
        nest.flatten_dict_items([1])


def test_paths():
    structure = {"x": [1, {"y": 2}]}
    assert nest.flatten_with_joined_string_paths(structure) == [("x/0", 1), ("x/1/y", 2)]
    assert list(nest.yield_flattened_paths(structure)) == [("x", 0), ("x", 1, "y")]
    sums = nest.map_structure_with_tuple_paths(lambda path, a, b: (path[-1], a + b), [1], [20])
    assert sums == [(0, 21)]
    assert nest.flatten_with_tuple_paths(7) == [((), 7)]


def test_chosen_shallow_structure():
    structure = {"a": [1, (2, 3)], "b": (4,)}
    chosen = nest.get_traverse_shallow_structure(lambda s: not isinstance(s, tuple), structure)
    assert chosen == {"a": [True, False], "b": False}

    def only_a(part):
        return {"a": True, "b": False} if isinstance(part, dict) else True

    chosen = nest.get_traverse_shallow_structure(only_a, structure)
    assert chosen == {"a": [True, (True, True)], "b": False}
    with pytest.raises(TypeError, match="bool for an atom"):
        nest.get_traverse_shallow_structure(lambda s: 1, 5)


# -- tensors ---------------------------------------------------------------------------------------


def test_shapes_are_checked():
    x = tf.placeholder(tf.float32)
    wanted = tf.placeholder(tf.int32, [None])
    with tf.Session() as sess:
        checked = framework.with_shape([2, 1], x)
        assert checked.shape.as_list() == [2, 1]
        np.testing.assert_array_equal(sess.run(checked, {x: [[3], [4]]}), [[3], [4]])
        with pytest.raises(tf.errors.InvalidArgumentError, match="wrong shape"):
            sess.run(checked, {x: [[3, 4]]})
        late = framework.with_shape(wanted, x)
        np.testing.assert_array_equal(sess.run(late, {x: [3, 4], wanted: [2]}), [3, 4])
        with pytest.raises(tf.errors.InvalidArgumentError, match="wrong shape"):
            sess.run(late, {x: [3, 4], wanted: [2, 1]})
    with pytest.raises(ValueError, match=r"must have shape \(2,\)"):
        framework.with_shape([2], tf.zeros([3]))
    assert framework.with_same_shape(tf.zeros([2, 3]), x).shape.as_list() == [2, 3]


def test_squeezable_dimensions():
    x, y = framework.remove_squeezable_dimensions(tf.zeros([3]), tf.zeros([3, 1]))
    assert (x.shape.as_list(), y.shape.as_list()) == ([3], [3])
    unknown = tf.placeholder(tf.float32)
    x, y = framework.remove_squeezable_dimensions(unknown, tf.zeros([3]))
    with tf.Session() as sess:
        assert sess.run(x, {unknown: [[1], [2], [3]]}).tolist() == [1, 2, 3]
        assert sess.run(x, {unknown: [1, 2, 3]}).tolist() == [1, 2, 3]


def test_small_functions():
    with tf.Session() as sess:
        assert sess.run(framework.reduce_sum_n([tf.constant([5, 6])])) == 11
    with pytest.raises(ValueError, match="must be an integer"):
        framework.assert_scalar_int(1.5)
    x = tf.placeholder(tf.int32, [], name="x")
    assert framework.get_placeholders(tf.get_default_graph()) == [x]
    assert framework.smart_constant_value(1) is True
    with pytest.raises(TypeError, match="a condition is"):
        framework.smart_constant_value("yes")
    chosen = framework.smart_cond(x > 0, lambda: x, lambda: -x)
    with tf.Session() as sess:
        assert sess.run(chosen, {x: -4}) == 4
    assert framework.prepend_name_scope("w", None) == "w"
    assert framework.strip_name_scope("loc:@net/w", "net/") == "loc:@w"


def test_deprecation_is_logged_once_for_each_line(caplog):
    @framework.deprecated("2030-01-31", "use plus")
    def add(a, b):
        return a + b

    with caplog.at_level(logging.WARNING, "graphflow"):
        assert [add(2, n) for n in (3, 4)] == [5, 6]
    assert [record.message.split(": use plus")[0][-31:] for record in caplog.records] == [
        "deprecated and goes after 2030-01-31"[-31:]
    ]


def test_deprecated_arguments(caplog):
    @framework.deprecated_args(None, "leave it out", ("seed", None), "n")
    def draw(m, n=1, seed=None):
        return m, n, seed

    with caplog.at_level(logging.WARNING, "graphflow"):
        assert draw(4, seed=None) == (4, 1, None)
        assert not caplog.records
        assert draw(4, 5, seed=6) == (4, 5, 6)
    assert "n, seed of" in caplog.records[0].message
    with pytest.raises(ValueError, match="has no arguments colour"):
        framework.deprecated_arg_values(None, "do not", colour="red")(len_of)
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        framework.deprecated("soon", "do not")


def len_of(items):
    return len(items)
