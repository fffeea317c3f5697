"""See graphs, plans and runs: diagrams, export to networkx, display in notebooks."""

from __future__ import annotations

from graphflow.viz import notebook as _notebook  # noqa: F401  (graphs show themselves)
from graphflow.viz.diagram import Diagram, diagram, plan_diagram
from graphflow.viz.export import to_networkx
from graphflow.viz.graph_page import show
from graphflow.viz.page import Page
from graphflow.viz.schedule import Schedule, ScheduledStep, schedule
from graphflow.viz.stages import stages
from graphflow.viz.timeline import Timeline, timeline

__all__ = [
    "Diagram",
    "Page",
    "Schedule",
    "ScheduledStep",
    "Timeline",
    "diagram",
    "plan_diagram",
    "schedule",
    "show",
    "stages",
    "timeline",
    "to_networkx",
]
