"""How an experiment exports its model."""

from __future__ import annotations

from graphflow.contrib.learn.export_strategy import make_export_strategy as make_export_strategy
