"""Remove control edges that order nothing visible.

That a node waits for a pure one shows only in the effects that the pure one waits for itself.  If
the node waits for all of those anyway, the edge is needless, and so is the pure node if nobody uses
its values.  Gradients are full of such edges: those of one operation wait for each other, so that a
step of training would compute the gradient of the images together with that of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphflow.compiler.ir import Kind, Node, Program

# The effects before each node are kept as bits of one number: at most so many, for its size.
_MAX_EFFECTS = 4096


def relax_control(program: Program) -> None:
    """Let no node wait for a pure one unless this orders effects."""
    effects = [node for node in program.nodes if _has_effect(node)]
    if len(effects) > _MAX_EFFECTS:
        return
    own = {node: 1 << position for position, node in enumerate(effects)}
    before: dict[Node, int] = {}  # for each node the effects that happen before it, or by it
    for node in program.nodes:
        waits_for = own.get(node, 0) | _union(before, (value.node for value in node.inputs))
        waits_for |= _union(before, (item for item in node.control if item in own))
        kept = []
        for item in node.control:
            if item in own or before[item] & ~waits_for:
                kept.append(item)
                waits_for |= before[item]
        node.control = kept
        before[node] = waits_for
    program.drop_unused()


def _has_effect(node: Node) -> bool:
    op = node.operation.op
    return node.kind is Kind.OPERATION and (not node.is_pure or op.blocking or op.is_check)


def _union(before: dict[Node, int], nodes: Iterable[Node]) -> int:
    effects = 0
    for node in nodes:
        effects |= before[node]
    return effects
