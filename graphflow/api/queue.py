"""Queues."""

from __future__ import annotations

from graphflow.queues.base import QueueBase as QueueBase
from graphflow.queues.kinds import (
    FIFOQueue as FIFOQueue,
    PaddingFIFOQueue as PaddingFIFOQueue,
    PriorityQueue as PriorityQueue,
    RandomShuffleQueue as RandomShuffleQueue,
)
