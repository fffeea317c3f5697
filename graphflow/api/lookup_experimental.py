"""Tables that grow and shrink."""

from __future__ import annotations

from graphflow.tables.mutable import DenseHashTable as DenseHashTable
