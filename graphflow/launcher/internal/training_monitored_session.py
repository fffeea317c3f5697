"""`tensorflow.python.training.monitored_session`."""

from __future__ import annotations

from graphflow.monitored.sessions import HookedSession

_HookedSession = HookedSession
