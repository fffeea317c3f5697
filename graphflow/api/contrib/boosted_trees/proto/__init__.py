"""How trees grow."""

from __future__ import annotations

from graphflow.api.contrib.boosted_trees.proto import learner_pb2 as learner_pb2
