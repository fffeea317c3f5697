"""Programs with clusters, servers and device setters, for graphflow and TensorFlow."""

from __future__ import annotations

import socket
from typing import Any


def clusters(tf: Any) -> Any:
    made = [
        {"worker": ["a:1", "b:1"], "ps": {3: "c:1", 1: "d:1"}},
        {"ps": {0: "a:1", 1: "b:1"}, "chief": ("c:1",)},
        {},
    ]
    found = []
    for cluster in [tf.train.ClusterSpec(entry) for entry in made]:
        again = tf.train.ClusterSpec(cluster.as_cluster_def())
        # Dicts by task have other keys in JSON.
        facts = [repr(cluster), repr(cluster.as_dict()), cluster.jobs, again == cluster]
        facts += [bool(cluster), tf.train.ClusterSpec(cluster) != cluster]
        for job in cluster.jobs:
            facts += [cluster.num_tasks(job), cluster.task_indices(job), cluster.job_tasks(job)]
        found.append(facts)
    return found


def devices(tf: Any) -> Any:
    """The devices of variables and what is computed with them, for several setters."""
    cluster = {"ps": ["a:1", "b:1"], "worker": ["c:1"]}
    setters: dict[str, dict[str, Any]] = {
        "tasks": {"ps_tasks": 2},
        "cluster": {"cluster": tf.train.ClusterSpec(cluster)},
        "dict": {"cluster": cluster, "worker_device": "/job:worker/task:3/gpu:0"},
        "ps on a processor": {"ps_tasks": 3, "ps_device": "/job:ps/cpu:0"},
        "no merging": {"ps_tasks": 2, "merge_devices": False},
        "strategy": {"ps_tasks": 2, "ps_strategy": lambda op: 1},
        "ops": {"ps_tasks": 2, "ps_ops": ["MatMul", "Const"]},
        "no worker": {"ps_tasks": 2, "worker_device": ""},
        "no ps device": {"ps_tasks": 2, "ps_device": ""},
    }
    found: dict[str, Any] = {}
    for name, options in setters.items():
        with tf.Graph().as_default() as graph:
            with tf.device(tf.train.replica_device_setter(**options)):
                w = tf.get_variable("w", [2, 3], initializer=tf.ones_initializer())
                b = tf.Variable([1.0, 2.0, 4.0], name="b")
                c = tf.get_variable("c", [], use_resource=True)
                with tf.device("/job:ps/task:7"):
                    tf.Variable(3.0, name="pinned")
                with tf.device("/gpu:1"):
                    d = tf.Variable(3.0, name="d")
                with tf.device("/job:other"):
                    tf.constant(2, name="elsewhere")
                tf.matmul(tf.ones([1, 2], name="x"), w, name="y") + b * c * d
            # Values are initialized by other operations there.
            kinds = ("VariableV2", "VarHandleOp", "Const", "MatMul")
            ops = [op for op in graph.get_operations() if op.type in kinds]
            found[name] = sorted([op.name, op.device] for op in ops if "/" not in op.name)
    return found


def no_servers(tf: Any) -> Any:
    return [
        tf.train.replica_device_setter() is None,
        tf.train.replica_device_setter(cluster={"worker": ["a:1"]}) is None,
        tf.train.replica_device_setter(ps_tasks=3, cluster={"ps": []}) is None,
    ]


def shared_state(tf: Any) -> Any:
    """Sessions of a server share variables and queues, whatever their graphs."""
    server = tf.train.Server.create_local_server()
    target = server.target
    found: list[Any] = []
    with tf.Graph().as_default():
        x = tf.Variable(2.5, name="x")
        queue = tf.FIFOQueue(5, [tf.int32], shared_name="queue")
        noise = tf.random_uniform([], seed=3)
        with tf.Session(target) as session:
            session.run(x.initializer)
            session.run(queue.enqueue([7]))
            first = float(session.run(noise))
        with tf.Session(target) as session:
            found += [float(session.run(x)), float(session.run(noise)) == first]
    with tf.Graph().as_default():
        x = tf.Variable(0.5, name="x")
        queue = tf.FIFOQueue(5, [tf.int32], shared_name="queue")
        with tf.Session(target) as session, tf.Session(target) as other:
            found += [float(session.run(x)), int(session.run(queue.dequeue()))]
            other.run(x.assign_add(4.0))
            found.append(float(session.run(x)))
        tf.Session.reset(target)
        with tf.Session(target) as session:
            try:
                session.run(x)
            except tf.errors.FailedPreconditionError:
                found.append("not initialized")
    # The job is called "local" in TensorFlow 1.15, and otherwise later.
    return [*found, server.server_def.task_index, server.server_def.protocol]


def local_cluster(tf: Any) -> Any:
    """Two workers count in one variable on a parameter server."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(3)]
    ports = [entry.getsockname()[1] for entry in sockets]
    for entry in sockets:
        entry.close()
    addresses = [f"localhost:{port}" for port in ports]
    cluster = tf.train.ClusterSpec({"worker": addresses[:2], "ps": addresses[2:]})
    workers = [tf.train.Server(cluster, "worker", index) for index in range(2)]
    servers = [*workers, tf.train.Server(cluster, "ps")]
    targets = [server.target for server in servers]
    assert targets == [f"grpc://{address}" for address in addresses]
    with tf.device("/job:ps/task:0"):
        count = tf.Variable(0, name="count")
    with tf.device("/job:worker/task:1"):
        step = tf.assign_add(count, 3)
    sessions = [tf.Session(worker.target) for worker in workers]
    sessions[0].run(tf.global_variables_initializer())
    return [int(session.run(step)) for session in (*sessions, *sessions)]


def errors(tf: Any) -> Any:
    cluster = {"worker": ["localhost:1", "localhost:2"], "ps": ["localhost:3"]}
    spec = tf.train.ClusterSpec(cluster)
    calls = [
        lambda: tf.train.ClusterSpec(3),
        lambda: tf.train.ClusterSpec({"ps": "a:1"}),
        lambda: tf.train.ClusterSpec({"ps": [3]}),
        lambda: tf.train.ClusterSpec({3: ["a"]}),
        lambda: spec.num_tasks("chief"),
        lambda: spec.task_indices("chief"),
        lambda: spec.job_tasks("chief"),
        lambda: spec.task_address("chief", 0),
        lambda: spec.task_address("ps", 1),
        lambda: tf.train.Server(cluster),
        lambda: tf.train.Server(cluster, "worker"),
        lambda: tf.train.Server(cluster, "chief", 0),
        lambda: tf.train.Server(3),
        lambda: tf.train.replica_device_setter(2, ps_strategy=3),
        lambda: tf.train.replica_device_setter(cluster=3),
    ]
    return [_class_of(call) for call in calls]


def _class_of(call: Any) -> str:
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "none"


PROGRAMS = {
    "clusters": clusters,
    "devices": devices,
    "no servers": no_servers,
    "shared state": shared_state,
    "local cluster": local_cluster,
    "errors": errors,
}
