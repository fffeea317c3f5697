"""Resources of a session and their handles."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import graphflow as tf
from graphflow.core.graph import Operation
from graphflow.core.handles import ResourceHandle, handle_in
from graphflow.core.op import Context
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.resources import ResourceManager


@pytest.fixture
def resources() -> ResourceManager:
    return ResourceManager()


def context(resources: ResourceManager, name: str) -> Context:
    run = SimpleNamespace(resources=resources, cancellation=Cancellation(), step_id=0)
    return Context(node(name), run)


def node(name: str) -> Operation:
    return tf.no_op(name=name)


def test_a_node_finds_its_resource_again(resources: ResourceManager):
    first = context(resources, "a")
    handle, made = first.make_handle("list", list)
    assert first.make_handle("list", list)[1] is made
    assert context(resources, "b").resource("list", handle) is made
    assert handle_in(handle) == ResourceHandle("list", "", "a")


def test_nodes_with_one_shared_name_share(resources: ResourceManager):
    a, b = context(resources, "a"), context(resources, "b")
    _, made = a.make_handle("list", list, shared_name="s")
    assert b.make_handle("list", list, shared_name="s")[1] is made
    assert b.make_handle("list", list, container="c", shared_name="s")[1] is not made
    assert b.make_handle("other", list, shared_name="s")[1] is not made


def test_a_resource_can_be_the_nodes_own(resources: ResourceManager):
    a, b = context(resources, "a"), context(resources, "b")
    _, made = a.make_handle("list", list, use_node_name=False)
    assert b.make_handle("list", list, shared_name="a")[1] is not made


def test_a_handle_of_another_kind_is_refused(resources: ResourceManager):
    ctx = context(resources, "a")
    handle, _ = ctx.make_handle("list", list)
    with pytest.raises(tf.errors.InvalidArgumentError, match="needs the handle of a table"):
        ctx.resource("table", handle)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no handle"):
        ctx.resource("table", b"text")


def test_a_container_can_be_cleared(resources: ResourceManager):
    ctx = context(resources, "a")
    gone, _ = ctx.make_handle("list", list, container="c")
    kept, _ = ctx.make_handle("list", list)
    resources.clear(["c"])
    ctx.resource("list", kept)
    with pytest.raises(tf.errors.NotFoundError, match="no list 'a' in container 'c'"):
        ctx.resource("list", gone)
