"""Sets, one in each row."""

from __future__ import annotations
