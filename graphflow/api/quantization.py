"""Quantized numbers."""

from __future__ import annotations
