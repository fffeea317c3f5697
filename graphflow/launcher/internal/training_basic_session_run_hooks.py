"""`tensorflow.python.training.basic_session_run_hooks`."""

from __future__ import annotations

from typing import Any

from graphflow.core.dtypes import int32
from graphflow.core.graph import get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.variables.initializers import Ones
from graphflow.variables.scope import AUTO_REUSE, get_variable, variable_scope

_STEPS_PER_RUN = "hooks_steps_per_run"


def get_or_create_steps_per_run_variable() -> Any:
    """Return the graph's variable that tells how many training steps a run makes, 1 at first.

    Returns:
      A local int32 variable, `hooks/steps_per_run`.
    """
    found = get_default_graph().get_collection(_STEPS_PER_RUN)
    if found:
        return found[0]
    with variable_scope("hooks", reuse=AUTO_REUSE):
        return get_variable(
            "steps_per_run",
            shape=[],
            dtype=int32,
            initializer=Ones(),
            trainable=False,
            collections=[_STEPS_PER_RUN, GraphKeys.LOCAL_VARIABLES],
            use_resource=True,
        )
