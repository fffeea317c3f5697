"""A queue that holds batches ready."""

from __future__ import annotations

from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.scopes import name_scope
from graphflow.queues.base import QueueBase
from graphflow.queues.fullness import summarize_size
from graphflow.queues.kinds import FIFOQueue, PaddingFIFOQueue
from graphflow.queues.runner import QueueRunner, add_queue_runner


def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """Return a queue that threads fill with the values of tensors.

    A summary tells how full the queue is.

    Args:
      tensors: a list of tensors, or a dictionary; what is taken from the queue is the same.
      capacity: how many values of each the queue holds.
      num_threads: how many threads fill it, once its runner is started.
      dynamic_pad: whether sizes that are not known may differ.
      shared_name: the name under which sessions share the queue.
      name: name scope of the operations, "prefetch_queue" by default.

    Returns:
      The queue.
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    items = [tensors[key] for key in names] if names is not None else list(tensors)
    with name_scope(name, "prefetch_queue", items) as scope:
        items = [convert_to_tensor(item) for item in items]
        make = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queue = make(
            capacity,
            dtypes=[item.dtype for item in items],
            shapes=[item.shape for item in items],
            names=names,
            shared_name=shared_name,
            name="fifo_queue",
        )
        values = dict(zip(names, items, strict=True)) if names is not None else items
        fill = queue.enqueue(values, name=f"{scope}fifo_queue_enqueue")
        add_queue_runner(QueueRunner(queue, [fill] * num_threads))
        summarize_size(f"fraction_of_{capacity}_full", queue.size(), capacity)
        return queue
