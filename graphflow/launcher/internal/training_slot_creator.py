"""`tensorflow.python.training.slot_creator`."""

from __future__ import annotations

from graphflow.train.slots import (
    create_slot as create_slot,
    create_slot_with_initializer as create_slot_with_initializer,
    create_zeros_slot as create_zeros_slot,
)
