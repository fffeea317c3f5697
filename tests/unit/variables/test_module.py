"""Modules find their variables and submodules, and keep a name scope."""

from __future__ import annotations

import pytest

import graphflow as tf


class Tree(tf.Module):
    """A binary tree of modules that refers to itself."""

    def __init__(self, depth: int, name: str | None = None) -> None:
        super().__init__(name)
        self.z = tf.Variable(1.0, name=f"z{depth}")
        self.a = [tf.Variable(1.0, name=f"a{depth}", trainable=False)]
        if depth:
            self.children = {"right": Tree(depth - 1), "left": Tree(depth - 1)}
            self.itself = self
            self.again = (self.children["right"],)


def names(variables) -> list[str]:
    return [variable.op.name for variable in variables]


def test_variables_are_in_the_order_of_attributes_own_ones_first():
    # TensorFlow 2.21 gives this order.
    tree = Tree(1)
    assert names(tree.variables) == ["a1", "z1", "a0", "z0", "a0_1", "z0_1"]
    assert names(tree.trainable_variables) == ["z1", "z0", "z0_1"]


def test_submodules_are_found_once_each():
    tree = Tree(2)
    found = tree.submodules
    assert len(found) == 6
    assert found[0] is tree.children["right"]
    assert found[1] is tree.children["left"]


def test_the_scope_is_the_same_each_time():
    first, second = Tree(0), Tree(0, name="oak")
    assert [first.name, second.name] == ["tree", "oak"]
    assert Tree(0).name_scope.name == "tree_1/"
    for suffix in ("", "_1"):
        with second.name_scope:
            assert tf.constant(1.0, name="c").op.name == f"oak/c{suffix}"


def test_methods_run_in_the_scope():
    class Doubling(tf.Module):
        @tf.Module.with_name_scope
        def twice(self, x):
            """Double a number."""
            return tf.add(x, x, name="sum")

    assert Doubling().twice(tf.constant(1.0)).op.name == "doubling/sum"
    assert Doubling.twice.__doc__ == "Double a number."


def test_values_that_no_checkpoint_is_to_hold_stay_what_they_are():
    values = [1, 2]
    assert Tree(0)._no_dependency(values) is values


def test_a_name_is_an_identifier():
    with pytest.raises(ValueError, match="must be a Python identifier, not 'a b'"):
        Tree(0, "a b")


def test_values_are_found_with_their_paths():
    # TensorFlow 2.21 gives these paths where no module holds itself.
    class Leaf(tf.Module):
        _TF_MODULE_IGNORED_PROPERTIES = frozenset({"_name", "_scope", "secret"})

        def __init__(self, value: int) -> None:
            super().__init__()
            self.value = {"k": [value, value + 1]}
            self.secret = 7

    class Trunk(Leaf):
        def __init__(self) -> None:
            super().__init__(1)
            self.pair = (Leaf(3),)
            self.itself = self

    trunk = Trunk()
    numbers = list(trunk._flatten(predicate=lambda x: isinstance(x, int), with_path=True))
    assert numbers == [
        (("value", "k", 0), 1),
        (("value", "k", 1), 2),
        (("pair", 0, "value", "k", 0), 3),
        (("pair", 0, "value", "k", 1), 4),
    ]
    assert list(trunk._flatten(recursive=False)) == [trunk.pair[0], 1, 2]
    value_first = trunk._flatten(
        recursive=False, attribute_traversal_key=lambda name: name != "value"
    )
    assert list(value_first) == [1, 2, trunk.pair[0]]
