"""Tables."""

from __future__ import annotations
