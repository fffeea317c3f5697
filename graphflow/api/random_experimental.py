"""Random number generators with a state."""

from __future__ import annotations

from graphflow.variables.random_generator import (
    Generator as Generator,
    create_rng_state as create_rng_state,
    get_global_generator as get_global_generator,
    set_global_generator as set_global_generator,
)
