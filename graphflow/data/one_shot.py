"""The body that makes the dataset of a one-shot iterator: copies of operations."""

from __future__ import annotations

from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.ops._dataset import UntypedDatasetOp

_REMEDY = (
    "a one-shot iterator starts by itself, so that its dataset cannot depend on {what} ({name!r}): "
    "use tf.data.make_initializable_iterator"
)
_PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "_Arg"})
# They depend on what is outside of the session, but may be run at any time.
_HARMLESS = frozenset({"MatchingFiles", "Assert"})


def dataset_factory(dataset: Tensor) -> FuncGraph:
    """Return a body without arguments that makes a dataset.

    Args:
      dataset: variant scalar, what the body is to return.

    Raises:
      ValueError: the dataset depends on a placeholder, a variable or other state.
    """
    body = FuncGraph("make_dataset", dataset.graph)
    copies: dict[Operation, Operation] = {}
    with body.as_default(), body.control_dependencies(None):
        for operation in _ancestors(dataset.op):
            _check(operation)
            inputs = [copies[item.op].outputs[item.value_index] for item in operation.inputs]
            checks = [copies[item] for item in operation.control_inputs if item in copies]
            with body.control_dependencies(checks):
                copies[operation] = body.add_operation(operation.op, inputs, operation.name)
    body.outputs = [copies[dataset.op].outputs[dataset.value_index]]
    return body


def _ancestors(operation: Operation) -> list[Operation]:
    """The operations that one depends on and itself, in order; of control inputs only checks."""
    found: dict[Operation, None] = {}
    stack = [operation]
    while stack:
        item = stack.pop()
        if item in found:
            continue
        found[item] = None
        stack.extend(tensor.op for tensor in item.inputs)
        stack.extend(before for before in item.control_inputs if before.type == "Assert")
    return sorted(found, key=lambda item: item._id)


def _check(operation: Operation) -> None:
    """Raise ValueError unless the operation may be copied."""
    op = operation.op
    if operation.type in _PLACEHOLDERS:
        what = "a placeholder"
    elif op.is_variable or op.writes:
        what = "a variable"
    elif op.stateful and not isinstance(op, UntypedDatasetOp) and operation.type not in _HARMLESS:
        what = "state of the session"
    else:
        return
    raise ValueError(_REMEDY.format(what=what, name=operation.name))
