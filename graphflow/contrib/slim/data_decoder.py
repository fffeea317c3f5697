"""`DataDecoder`: how a record of a data set is turned into items."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any


class DataDecoder(abc.ABC):
    """Base of decoders of records."""

    @abc.abstractmethod
    def decode(self, data: Any, items: Sequence[str] | None = None) -> list[Any]:
        """Return some items of a record.

        Args:
          data: a string scalar, the record.
          items: the names of the items; None for all.
        """

    @abc.abstractmethod
    def list_items(self) -> list[str]:
        """Return the names of all items."""
