"""Strings and numbers whatever the version of Python."""

from __future__ import annotations
