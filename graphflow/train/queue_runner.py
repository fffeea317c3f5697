"""Threads that keep queues filled."""

from __future__ import annotations

from graphflow.queues.runner import (
    QueueRunner as QueueRunner,
    add_queue_runner as add_queue_runner,
    start_queue_runners as start_queue_runners,
)
