"""What programs want of matplotlib's windows where there is no window.

Some tutorials train in the function that draws the frames of an animation, and begin with
`plt.show()`. Without a window nobody would ask for the frames, and nothing would be trained. Others
end with a wait for a button, which nobody could press.
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
    """Let `plt.show()` play animations to their end, and waits for buttons end at once."""
    after_import("matplotlib.animation", _note_animations)
    after_import("matplotlib.pyplot", _play_at_show)
    after_import("matplotlib.figure", _end_waits)


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
            for animation in [each for each in _waiting if _is_stand_in(each.event_source)]:
                _waiting.discard(animation)
                _play(animation)
        return result

    return call


def _is_stand_in(timer: Any) -> bool:
    """Whether a timer never fires, as there is no event loop."""
    return type(timer) is importlib.import_module("matplotlib.backend_bases").TimerBase


def _play(animation: Any) -> None:
    sys.stderr.write("graphflow: there is no window; the animation is played to its end\n")
    if not animation._draw_was_started:
        animation._start()
    for frame in animation.new_frame_seq():
        animation._draw_next_frame(frame, blit=False)


def _end_waits(figure: Any) -> None:
    wait = figure.Figure.waitforbuttonpress

    @wraps(wait)
    def waitforbuttonpress(self: Any, timeout: float = -1) -> bool | None:
        if _is_stand_in(self.canvas.new_timer()):
            return None  # as after the time is over
        pressed: bool | None = wait(self, timeout)
        return pressed

    figure.Figure.waitforbuttonpress = waitforbuttonpress
