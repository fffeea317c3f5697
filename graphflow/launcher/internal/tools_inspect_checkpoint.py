"""`tensorflow.python.tools.inspect_checkpoint`."""

from __future__ import annotations

from graphflow.tools.inspect_checkpoint import (
    print_tensors_in_checkpoint_file as print_tensors_in_checkpoint_file,
)
