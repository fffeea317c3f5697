"""Sequence to sequence models: decoders, attention, beam search and losses."""

from __future__ import annotations

from graphflow.ops import gather_tree as gather_tree
