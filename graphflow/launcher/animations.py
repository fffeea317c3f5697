"""Animations of matplotlib where there is no window to show them.

Some tutorials train in the function that draws the frames of an animation, and begin with
`plt.show()`. Without a window nobody would ask for the frames, and nothing would be trained.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sized
from functools import wraps
from numbers import Integral
from types import ModuleType
from typing import Any
from weakref import WeakSet

from graphflow.launcher.after_import import after_import

_waiting: WeakSet[Any] = WeakSet()
"""Animations that end, and have not been played."""


def install() -> None:
    """Let `plt.show()` play animations to their end where there is no window."""
    after_import("matplotlib.animation", _note_animations)
    after_import("matplotlib.pyplot", _play_at_show)


def _note_animations(animation: Any) -> None:
    make = animation.FuncAnimation.__init__

    @wraps(make)
    def __init__(
        self: Any, fig: Any, func: Any, frames: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        make(self, fig, func, frames, *args, **kwargs)
        if isinstance(frames, (Integral, Sized)):
            _waiting.add(self)

    animation.FuncAnimation.__init__ = __init__


def _play_at_show(pyplot: ModuleType) -> None:
    vars(pyplot)["show"] = _playing(vars(pyplot)["show"])


def _playing(show: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(show)
    def call(block: bool | None = None, **kwargs: Any) -> Any:  # once it had no need of a name
        result = show(**kwargs) if block is None else show(block=block, **kwargs)
        # plt.pause() shows without blocking, from within a frame as well.
        if block is not False:
            for animation in [each for each in _waiting if not _has_window(each)]:
                _waiting.discard(animation)
                _play(animation)
        return result

    return call


def _has_window(animation: Any) -> bool:
    """Whether there is an event loop that asks for the frames; else the timer is a stand-in."""
    timer = importlib.import_module("matplotlib.backend_bases").TimerBase
    return type(animation.event_source) is not timer


def _play(animation: Any) -> None:
    sys.stderr.write("graphflow: there is no window; the animation is played to its end\n")
    if not animation._draw_was_started:
        animation._start()
    for frame in animation.new_frame_seq():
        animation._draw_next_frame(frame, blit=False)
