"""What known shapes make superfluous: steps whose result is one of their inputs.

Gradients of operations that broadcast end in sums over the axes that were broadcast, and in a
change of shape; if the shapes were the same all along, the sum goes over no axis.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from graphflow.compiler.memory import form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.spec import TensorSpec


def without_identities(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
) -> list[Step]:
    """Leave out the steps whose result equals their first input; their readers read that.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
    """
    # A write forgets the old value of its variable, which must not be its other input as well.
    written_from = {slot for step in steps if step.updates for slot in step.inputs}
    needed = kept | written_from
    source: dict[int, int] = {}
    result = []
    for step in steps:
        inputs = tuple(source.get(slot, slot) for slot in step.inputs)
        is_single = len(step.outputs) == 1 and step.outputs[0] not in needed
        if is_single and is_free(step) and _is_identity(step, specs):
            source[step.outputs[0]] = inputs[0]
        elif inputs != step.inputs:
            result.append(dataclasses.replace(step, inputs=inputs))
        else:
            result.append(step)
    return result


def _is_identity(step: Step, specs: Mapping[int, TensorSpec]) -> bool:
    op = step.op
    if not (op.is_reshape or op.keeps_elements) or step.outputs[0] == NO_SLOT:
        return False
    first, *others = step.inputs
    if any(specs[slot].value is None for slot in others):
        return False  # the kernel checks them, such as the bounds of a slice
    form = form_of(specs.get(step.outputs[0]))
    return form is not None and form == form_of(specs.get(first))
