"""Pauses the search for garbage while the package is imported.

Classes and functions by the thousand are made then, and all of them stay: searching them again and
again for garbage takes a fifth of the time.  Importing this module begins the pause; the package's
last statement ends it.
"""

from __future__ import annotations

import gc

_was_enabled = gc.isenabled()
gc.disable()


def resume() -> None:
    """End the pause, unless there was one before."""
    if _was_enabled:
        gc.enable()
