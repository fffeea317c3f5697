"""`tensorflow.python.client.session`."""

from __future__ import annotations

from graphflow.fetches import (
    register_session_run_conversion_functions as register_session_run_conversion_functions,
)
from graphflow.session import InteractiveSession as InteractiveSession, Session as Session
