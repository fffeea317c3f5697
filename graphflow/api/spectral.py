"""Fourier and cosine transforms."""

from __future__ import annotations
