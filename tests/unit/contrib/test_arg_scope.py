"""Default arguments by scope."""

from __future__ import annotations

import threading

import pytest

import graphflow as tf

framework = tf.contrib.framework


@framework.add_arg_scope
def line(x, slope=1, shift=0):
    return slope * x + shift


@framework.add_arg_scope
def power(x, exponent=1, shift=0):
    return x**exponent + shift


def plain(x, slope=1):
    return slope * x


def test_scopes_are_nested_and_the_inner_one_counts():
    with framework.arg_scope([line, power], shift=100):
        assert (line(5), power(2)) == (105, 102)
        with framework.arg_scope([line], slope=3, shift=7):
            assert (line(5), power(2, exponent=4)) == (22, 116)
        assert line(5, shift=-1) == 4
    assert line(5) == 5


def test_a_scope_can_be_opened_again_elsewhere():
    with framework.arg_scope([line], slope=3) as scope:
        pass
    with framework.arg_scope([line], shift=1000), framework.arg_scope(scope):
        assert line(5) == 15


def test_a_scope_ends_also_with_an_error():
    with pytest.raises(KeyError), framework.arg_scope([line], slope=3):
        raise KeyError
    assert line(5) == 5
    assert framework.current_arg_scope() == {}


def test_what_a_scope_refuses():
    def opened(functions, **arguments):
        with framework.arg_scope(functions, **arguments) as scope:
            return scope

    with pytest.raises(ValueError, match="plain takes no arguments from scopes"):
        opened([line, plain], slope=3)
    with pytest.raises(TypeError, match="list of functions"):
        opened(line, slope=3)
    with pytest.raises(ValueError, match="no further arguments: shift"):
        opened(opened([line], slope=3), shift=3)


def test_an_unknown_argument_is_refused_by_the_call():
    with framework.arg_scope([line], colour="red"), pytest.raises(TypeError, match="colour"):
        line(5)


def test_what_is_known_of_functions():
    assert framework.has_arg_scope(line)
    assert not framework.has_arg_scope(plain)
    assert framework.arg_scoped_arguments(power) == ("exponent", "shift")
    with pytest.raises(ValueError, match="plain takes no arguments"):
        framework.arg_scoped_arguments(plain)
    with framework.arg_scope([line], slope=3):
        assert framework.current_arg_scope() == {framework.arg_scope_func_key(line): {"slope": 3}}


def test_each_thread_has_its_own_scopes():
    found = []
    with framework.arg_scope([line], slope=3):
        thread = threading.Thread(target=lambda: found.append(line(5)))
        thread.start()
        thread.join()
    assert found == [5]
