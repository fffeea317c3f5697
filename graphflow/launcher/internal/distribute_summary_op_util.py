"""`tensorflow.python.distribute.summary_op_util`."""

from __future__ import annotations


def skip_summary() -> bool:
    """Tell whether another replica writes the summaries; there is only one here."""
    return False
