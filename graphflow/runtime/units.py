"""What a run on one thread executes at once: a step, or a group of steps that became one loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphflow.compiler.fusion import Group, last_uses
from graphflow.compiler.loops import Call
from graphflow.compiler.plan import Plan, Step
from graphflow.core.op import Array


def is_plain(step: Step, checked: Sequence[bool]) -> bool:
    """Whether a step is nothing but a call of a kernel with the inputs' values.

    Args:
      step: any step.
      checked: for each step of the plan, whether its inputs are checked at every run.
    """
    op = step.op
    has_effects = step.updates or op.blocking or op.stateful
    return not (checked[step.index] or has_effects or op.needs_context or op.runs_bodies)


def is_own(step: Step) -> bool:
    """Whether the op of a step is that of its operation, not one that does others' work too."""
    return step.op is step.operation.op


def is_checked(step: Step, checked: Sequence[bool]) -> bool:
    """Whether the inputs of a step are checked at every run: those of its operation may be.

    Args:
      step: any step.
      checked: for each step of the plan, whether its inputs are checked at every run.
    """
    return checked[step.index] and is_own(step)


@dataclass(frozen=True)
class FusedCall:
    """A compiled function of a group.

    Attributes:
      call: what it takes.
      function: the function.
      sizes: its first argument.
    """

    call: Call
    function: Callable[..., None]
    sizes: Array


@dataclass(frozen=True)
class Fused:
    """A group of steps with its compiled functions.

    Attributes:
      group: the group.
      calls: of the functions, in order.
    """

    group: Group
    calls: tuple[FusedCall, ...]


@dataclass(frozen=True)
class Cluster:
    """Small steps that follow one another, as one compiled function.

    Attributes:
      positions: of the steps, without gaps.
      inputs: the slots that are read.
      outputs: the slots that others read.
      call: takes the values of the inputs, and arrays for those of the outputs.
    """

    positions: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    call: Callable[[Sequence[Array], Sequence[Array]], None]


@dataclass
class Unit:
    """What is executed at once: a step, or a group or cluster of steps.

    Attributes:
      step: the step; of a group the first one.
      inputs: the slots that are read.
      outputs: the slots that are written.
      fused: the group, if it is one.
      cluster: the cluster, if it is one.
      frees: the slots that nobody reads after it.
    """

    step: Step
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    fused: Fused | None = None
    cluster: Cluster | None = None
    frees: tuple[int, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions of the steps of a group or cluster; none for a single step."""
        if self.fused is not None:
            return tuple(sorted(self.fused.group.positions))
        return () if self.cluster is None else self.cluster.positions


def units_of(
    plan: Plan, steps: Sequence[Step], fused: Sequence[Fused], clusters: Sequence[Cluster] = ()
) -> list[Unit]:
    """Return the units of a run in order, a group where the first one of its steps was.

    Args:
      plan: the plan.
      steps: the steps that are executed.
      fused: the groups among them.
      clusters: the clusters among the others.
    """
    group_at = {item.group.position: item for item in fused}
    cluster_at = {item.positions[0]: item for item in clusters}
    members = {position for item in fused for position in item.group.positions}
    members.update(position for item in clusters for position in item.positions)
    units = []
    for position, step in enumerate(steps):
        item = group_at.get(position)
        if item is not None:
            group = item.group
            units.append(Unit(step, tuple(group.inputs), tuple(group.outputs), item))
        elif position in cluster_at:
            cluster = cluster_at[position]
            units.append(Unit(step, cluster.inputs, cluster.outputs, cluster=cluster))
        elif position not in members:
            units.append(Unit(step, step.inputs, step.outputs))
    kept = frozenset({*plan.fetches, *(source.slot for source in plan.constants)})
    for unit, frees in zip(units, last_uses([unit.inputs for unit in units], kept), strict=True):
        unit.frees = tuple(frees)
    return units
