"""See graphs, plans and runs: diagrams, export to networkx, display in notebooks."""

from __future__ import annotations

from graphflow.viz import notebook as _notebook  # noqa: F401  (graphs show themselves)
from graphflow.viz.diagram import Diagram, diagram, plan_diagram
from graphflow.viz.export import to_networkx

__all__ = ["Diagram", "diagram", "plan_diagram", "to_networkx"]
