"""Rewrites of a run's steps once all shapes are known, one file each, in their order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from graphflow.compiler.epilogues import merge_epilogues
from graphflow.compiler.plan import Step
from graphflow.compiler.product_sums import merge_product_sums
from graphflow.compiler.repeated_rows import merge_repeated_rows
from graphflow.compiler.simplify import without_identities
from graphflow.compiler.sums import split_sums
from graphflow.core.spec import TensorSpec


def rewrite_steps(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
    first_slot: int,
    switches: Collection[str],
) -> tuple[list[Step], dict[int, TensorSpec]]:
    """Apply the rewrites that are on.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
      first_slot: the number of the first slot for new intermediate results.
      switches: names of the passes that are on.

    Returns:
      The steps, and the specs with those of new results.
    """
    result, known = list(steps), dict(specs)
    if "superfluous" in switches:
        result = without_identities(result, known, is_free, kept)
    if "products" in switches:
        result = merge_product_sums(result, known, is_free, kept)
    if "rows" in switches:
        result = merge_repeated_rows(result, known, kept)
    if "fusion" in switches:
        result, known = split_sums(result, known, first_slot)
    if "epilogues" in switches:
        result = merge_epilogues(result, known, is_free, kept)
    return result, known
