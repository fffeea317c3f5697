"""Files, and formats of records."""

from __future__ import annotations
