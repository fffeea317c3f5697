"""Several metrics as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def aggregate_metrics(*value_update_tuples: tuple[Any, Any]) -> tuple[list[Any], list[Any]]:
    """Return the values and the updates of metrics.

    Args:
      *value_update_tuples: tuples of a value and an update, at least one.

    Raises:
      ValueError: there is none.

    >>> aggregate_metrics(("value 1", "update 1"), ("value 2", "update 2"))
    (['value 1', 'value 2'], ['update 1', 'update 2'])
    """
    if not value_update_tuples:
        raise ValueError("there is no metric to aggregate")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(
    names_to_tuples: Mapping[str, tuple[Any, Any]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values and the updates of metrics, by name.

    Args:
      names_to_tuples: tuples of a value and an update, by the names of metrics.

    >>> aggregate_metric_map({"mean": ("value", "update")})
    ({'mean': 'value'}, {'mean': 'update'})
    """
    values = {name: value for name, (value, _) in names_to_tuples.items()}
    updates = {name: update for name, (_, update) in names_to_tuples.items()}
    return values, updates
