"""Clusters: which tasks there are, in which jobs, at which addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from graphflow.core.compat import as_str
from graphflow.interop import protos

Tasks: TypeAlias = dict[int, str]


class ClusterSpec:
    """The addresses of the tasks of each job.

    Args:
      cluster: by job, a list of addresses or a dict of addresses by task; or a `ClusterDef`, or
        another `ClusterSpec`.

    Raises:
      TypeError: it is something else.

    >>> cluster = ClusterSpec({"worker": ["a:1", "b:1"], "ps": {3: "c:1"}})
    >>> cluster.jobs, cluster.num_tasks("worker"), cluster.task_address("ps", 3)
    (['worker', 'ps'], 2, 'c:1')
    >>> cluster
    ClusterSpec({'ps': {3: 'c:1'}, 'worker': ['a:1', 'b:1']})
    """

    def __init__(self, cluster: Any) -> None:
        self._tasks: dict[str, Tasks]
        if isinstance(cluster, ClusterSpec):
            self._tasks = {job: dict(tasks) for job, tasks in cluster._tasks.items()}
        elif protos.is_message(cluster, "ClusterDef"):
            self._tasks = {job.name: dict(sorted(job.tasks.items())) for job in cluster.job}
        elif isinstance(cluster, Mapping):
            self._tasks = {
                _text(job, "job"): _tasks_of(job, tasks) for job, tasks in cluster.items()
            }
        else:
            raise TypeError(
                "a cluster is a dict of addresses by job, a ClusterDef or a ClusterSpec, "
                f"not {cluster!r}"
            )

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._tasks == other._tasks

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        jobs = sorted(self.as_dict().items())
        return f"ClusterSpec({{{', '.join(f'{job!r}: {tasks!r}' for job, tasks in jobs)}}})"

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._tasks)

    def as_dict(self) -> dict[str, Any]:
        """Return the addresses by job: a list, or a dict if tasks are missing in between."""
        return {
            job: list(tasks.values()) if list(tasks) == list(range(len(tasks))) else dict(tasks)
            for job, tasks in self._tasks.items()
        }

    def as_cluster_def(self) -> Any:
        """Return the cluster as a `ClusterDef` message."""
        message = protos.ClusterDef()
        for job, tasks in sorted(self._tasks.items()):
            message.job.add(name=job, tasks=tasks)
        return message

    def num_tasks(self, job_name: str) -> int:
        """Return how many tasks a job has.

        Args:
          job_name: the job.

        Raises:
          ValueError: there is no such job.
        """
        return len(self._of(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """Return the numbers of the tasks of a job.

        Args:
          job_name: the job.

        Raises:
          ValueError: there is no such job.
        """
        return list(self._of(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """Return the address of a task.

        Args:
          job_name: the job.
          task_index: the number of the task.

        Raises:
          ValueError: there is no such job or task.
        """
        tasks = self._of(job_name)
        if task_index not in tasks:
            raise ValueError(f"job {job_name!r} has no task {task_index}; it has {list(tasks)}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """Return the addresses of a job's tasks, None for missing ones in between.

        Args:
          job_name: the job.

        Raises:
          ValueError: there is no such job.

        >>> ClusterSpec({"ps": {2: "c:1"}}).job_tasks("ps")
        [None, None, 'c:1']
        """
        tasks = self._of(job_name)
        return [tasks.get(index) for index in range(max(tasks, default=-1) + 1)]

    def _of(self, job_name: str) -> Tasks:
        if job_name not in self._tasks:
            raise ValueError(f"the cluster has no job {job_name!r}; it has {self.jobs}")
        return self._tasks[job_name]


def _tasks_of(job: Any, tasks: Any) -> Tasks:
    if isinstance(tasks, Mapping):
        items = dict(sorted(tasks.items()))
    elif isinstance(tasks, Sequence) and not isinstance(tasks, (str, bytes)):
        items = dict(enumerate(tasks))
    else:
        raise TypeError(f"the tasks of job {job!r} are a list or dict of addresses, not {tasks!r}")
    return {int(index): _text(address, "address") for index, address in items.items()}


def _text(value: Any, what: str) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"a cluster's {what} is a string, not {value!r}")
    return as_str(value)
