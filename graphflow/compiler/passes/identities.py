"""Remove nodes that do nothing: identities, and no-ops that only join control edges."""

from __future__ import annotations

from graphflow.compiler.ir import Kind, Node, Program, Value


def remove_identities(program: Program) -> None:
    """Let users of an identity use its input, and those who wait for a no-op wait for its inputs.

    An identity with control inputs stays: it delays its users.  One of a variable stays for those
    who wait for it: it fails if the variable is uninitialized.
    """
    values: dict[Value, Value] = {}
    control: dict[Node, list[Node]] = {}
    for node in program.nodes:
        if node.kind is not Kind.OPERATION:
            continue
        op = node.operation.op
        if op.is_identity and not node.control:
            values[Value(node, 0)] = node.inputs[0]
            if node.inputs[0].node.kind is not Kind.VARIABLE:
                control[node] = [node.inputs[0].node]
        elif op.type == "NoOp":
            control[node] = node.control
    _flatten(control)
    program.replace_values(values)
    program.replace_control(dict(control))
    program.targets = list(
        dict.fromkeys(new for node in program.targets for new in control.get(node, [node]))
    )
    program.drop_unused()


def _flatten(control: dict[Node, list[Node]]) -> None:
    """Resolve replacements that are replaced themselves; earlier nodes come first in the dict."""
    for node, before in control.items():
        control[node] = list(
            dict.fromkeys(new for item in before for new in control.get(item, [item]))
        )
