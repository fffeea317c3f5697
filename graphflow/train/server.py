"""Servers: tasks of a cluster within this process, whose sessions share variables."""

from __future__ import annotations

import threading
from typing import Any

from graphflow.core.errors import InternalError, InvalidArgumentError
from graphflow.interop import protos
from graphflow.runtime import servers
from graphflow.train.cluster import ClusterSpec

# What the parameter servers are called: they only keep variables, which is done here by whoever
# works, so that they need not be in this process.
_PS = "ps"


class Server:
    """One task of a cluster.

    All sessions whose target is a server of one cluster share variables, queues and tables, as
    those of a cluster on several machines would. Nothing listens at the addresses: graphflow runs
    in one process. A session is refused if workers of the cluster have no server in this process;
    the tasks of the job "ps" need none.

    Args:
      server_or_cluster_def: a `ClusterSpec`, or what makes one, or a `ServerDef`.
      job_name: the job of the task; it may be left out if there is only one.
      task_index: the number of the task; it may be left out if the job has only one.
      protocol: "grpc", the default.
      config: the `ConfigProto` for `server_def`; sessions have configurations of their own.
      start: whether to begin to serve at once.

    Raises:
      TypeError: the cluster is none.
      ValueError: there are several jobs or tasks and none is named.
      NotImplementedError: `protocol` is another one.
      tf.errors.InternalError: the cluster has no such job.
      tf.errors.InvalidArgumentError: the job has no such task.
      tf.errors.UnknownError: a server with this address is running already.

    >>> import graphflow as tf
    >>> server = Server.create_local_server()
    >>> x = tf.Variable(2.5)
    >>> with tf.Session(server.target) as session:
    ...     session.run(x.initializer)
    >>> tf.Session(server.target).run(x)
    np.float32(2.5)
    """

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        self._server_def = _server_def(
            server_or_cluster_def, job_name, task_index, protocol, config
        )
        if self._server_def.protocol != "grpc":
            raise NotImplementedError(
                f"protocol={self._server_def.protocol!r}: servers are of this process only; "
                "leave it out"
            )
        self._cluster = ClusterSpec(self._server_def.cluster)
        address = self._address()
        self._key = repr(self._cluster)
        if address.endswith(":0"):  # any port that is free; the cluster is then another each time
            address = self._key = f"{address[:-1]}{servers.new_number()}"
        self._target = f"grpc://{address}"
        self._is_started = False
        if start:
            self.start()

    def _address(self) -> str:
        job, index = self._server_def.job_name, self._server_def.task_index
        jobs = self._cluster.jobs
        if job not in jobs:
            raise InternalError(
                None, None, f"Server: the cluster has no job {job!r}; it has {jobs}"
            )
        try:
            return self._cluster.task_address(job, index)
        except ValueError as error:
            raise InvalidArgumentError(None, None, f"Server: {error}") from error

    def start(self) -> None:
        """Begin to serve, if the server was made with `start=False`.

        Raises:
          tf.errors.UnknownError: a server with this address is running already.
        """
        if self._is_started:
            return
        workers = [
            (job, index)
            for job in self._cluster.jobs
            for index in self._cluster.task_indices(job)
            if job != _PS
        ]
        task = self._server_def.job_name, self._server_def.task_index
        servers.start(self._target, self._key, workers, task)
        self._is_started = True

    def join(self) -> None:
        """Wait for ever: a server ends with its process, for example by Ctrl-C."""
        threading.Event().wait()

    @property
    def server_def(self) -> Any:
        """The cluster and the task as a `ServerDef` message."""
        return self._server_def

    @property
    def target(self) -> str:
        """What to give to a session as its target."""
        return self._target

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """Return the only server of a new cluster.

        Args:
          config: see the class.
          start: see the class.
        """
        cluster = {"local": ["localhost:0"]}
        return Server(cluster, protocol="grpc", config=config, start=start)


def create_local_cluster(
    num_workers: int,
    num_ps: int,
    protocol: str = "grpc",
    worker_config: Any = None,
    ps_config: Any = None,
) -> tuple[list[Server], list[Server]]:
    """Return servers for all tasks of a new cluster of workers and parameter servers.

    Args:
      num_workers: how many workers.
      num_ps: how many parameter servers.
      protocol: "grpc".
      worker_config: the `ConfigProto` of the workers.
      ps_config: the `ConfigProto` of the parameter servers.

    Returns:
      The servers of the workers and those of the parameter servers.

    >>> workers, ps = create_local_cluster(2, 1)
    >>> [server.server_def.task_index for server in workers], len(ps)
    ([0, 1], 1)
    """
    counts = {"worker": num_workers, "ps": num_ps}
    cluster = ClusterSpec(
        {
            job: [f"localhost:{servers.new_number()}" for _ in range(count)]
            for job, count in counts.items()
        }
    )
    configs = {"worker": worker_config, "ps": ps_config}
    made = {
        job: [Server(cluster, job, index, protocol, configs[job]) for index in range(count)]
        for job, count in counts.items()
    }
    return made["worker"], made["ps"]


def _server_def(
    server_or_cluster: Any,
    job_name: str | None,
    task_index: int | None,
    protocol: str | None,
    config: Any,
) -> Any:
    """The message that describes a server."""
    message = protos.ServerDef()
    if protos.is_message(server_or_cluster, "ServerDef"):
        message = protos.ServerDef.FromString(server_or_cluster.SerializeToString())
    else:
        message.cluster.CopyFrom(ClusterSpec(server_or_cluster).as_cluster_def())
    job = job_name if job_name is not None else message.job_name or _only_job(message)
    message.job_name = job
    if task_index is not None:
        message.task_index = task_index
    elif not protos.is_message(server_or_cluster, "ServerDef"):
        message.task_index = _only_task(message)
    message.protocol = protocol or message.protocol or "grpc"
    if config is not None:
        message.default_session_config.MergeFrom(protos.adopted(config, "ConfigProto"))
    return message


def _only_job(message: Any) -> str:
    jobs: list[str] = [job.name for job in message.cluster.job]
    if len(jobs) != 1:
        raise ValueError(f"the cluster has the jobs {jobs}: tell with job_name which one it is")
    return jobs[0]


def _only_task(message: Any) -> int:
    tasks: list[int] = [
        index for job in message.cluster.job if job.name == message.job_name for index in job.tasks
    ]
    if len(tasks) > 1:
        raise ValueError(
            f"job {message.job_name!r} has {len(tasks)} tasks: tell with task_index which one it is"
        )
    return tasks[0] if tasks else 0
