"""Clusters within one process: `tf.train.ClusterSpec`, `Server`, `replica_device_setter`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphflow as tf
from graphflow.launcher.aliases import module_of


def test_a_cluster_with_missing_tasks():
    cluster = tf.train.ClusterSpec({"worker": ["a:1", "b:1"], b"ps": {3: "c:1", 1: "d:1"}})
    assert cluster.jobs == ["worker", "ps"]
    assert cluster.as_dict() == {"ps": {1: "d:1", 3: "c:1"}, "worker": ["a:1", "b:1"]}
    assert cluster.task_indices("ps") == [1, 3]
    assert cluster.job_tasks("ps") == [None, "d:1", None, "c:1"]
    assert tf.train.ClusterSpec(cluster.as_cluster_def()) == cluster
    with pytest.raises(ValueError, match=r"no task 2.*\[1, 3\]"):
        cluster.task_address("ps", 2)


def test_sessions_of_a_cluster_share_variables():
    workers, servers = tf.test.create_local_cluster(2, 1)
    count = tf.Variable(1, name="count")
    step = tf.assign_add(count, 4)
    with tf.Session(workers[0].target) as first, tf.Session(workers[1].target) as second:
        first.run(count.initializer)
        assert [second.run(step), first.run(step)] == [5, 9]
        assert second.sess_str == workers[1].target
    config = tf.ConfigProto(isolate_session_state=True)
    assert not has_value(count, tf.Session(workers[0].target, config=config))
    tf.Session.reset(servers[0].target)
    assert not has_value(count, tf.Session(workers[0].target))


def has_value(variable: tf.Variable, session: tf.Session) -> bool:
    with session:
        return bool(session.run(tf.is_variable_initialized(variable)))


def test_a_worker_waits_for_its_chief_to_initialize():
    chief, worker = tf.test.create_local_cluster(2, 0)[0]
    step = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    found = []
    for server, is_chief in [(chief, True), (worker, False)]:
        with tf.train.MonitoredTrainingSession(server.target, is_chief=is_chief) as session:
            found.append(session.run(step))
    assert found == [1, 2]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: tf.Session("grpc://a:1"), NotImplementedError, "its own process only"),
        (lambda: tf.Session.reset(""), NotImplementedError, "no tf.train.Server"),
        (lambda: tf.train.Server({"w": ["a:1", "b:1"]}), ValueError, "task_index"),
        (lambda: tf.train.Server({"w": ["a:1"], "ps": ["b:1"]}), ValueError, "job_name"),
        (lambda: tf.train.Server({"w": ["a:1"]}, "v"), tf.errors.InternalError, "'v'"),
        (lambda: tf.train.Server({"w": ["a:1"]}, "w", 2), tf.errors.InvalidArgumentError, "task 2"),
        (lambda: tf.train.Server({"w": ["a:1"]}, protocol="mpi"), NotImplementedError, "mpi"),
        (lambda: tf.train.ClusterSpec({"w": "a:1"}), TypeError, "list or dict"),
    ],
)
def test_what_a_server_refuses(call: Callable[[], Any], kind: type[Exception], message: str):
    with pytest.raises(kind, match=message):
        call()


def test_workers_in_other_processes_and_second_servers_are_refused():
    server = tf.train.Server({"worker": ["here:1", "there:1"], "ps": ["there:2"]}, "worker", 0)
    with pytest.raises(NotImplementedError, match="/job:worker/task:1"):
        tf.Session(server.target)
    with pytest.raises(tf.errors.UnknownError, match="running"):
        tf.train.Server(server.server_def)


def test_variables_take_turns_on_parameter_servers():
    setter = module_of("python.training.device_setter").replica_device_setter
    with tf.device(setter(ps_tasks=2, worker_device="/job:worker/task:3")):
        a, b = tf.get_variable("a", [2]), tf.get_variable("b", [], use_resource=True)
        total = a + b
    assert [a.device, b.device] == ["/job:ps/task:0", "/job:ps/task:1"]
    assert total.device == "/job:worker/task:3"
    assert setter(cluster={"worker": ["a:1"]}) is None


def test_files_beside_a_program():
    here = Path(__file__).parent
    assert tf.resource_loader.get_path_to_datafile("a.txt") == str(here / "a.txt")
    assert Path(tf.resource_loader.get_data_files_path()) == here
    root = Path(sys.modules["graphflow"].__file__ or "").parent
    assert Path(tf.sysconfig.get_lib()) == root
    assert tf.resource_loader.load_resource("version.py") == (root / "version.py").read_bytes()
    with pytest.raises(tf.errors.NotFoundError):
        tf.resource_loader.load_resource("no such file")
    assert module_of("python.training.server_lib").Server is tf.distribute.Server
