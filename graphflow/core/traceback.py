"""Where in the user's code an operation was made, remembered cheaply.

Capturing keeps code objects and instruction offsets only; file names and line numbers are worked
out when somebody asks.
"""

from __future__ import annotations

import os
import sys
import traceback
from types import CodeType, FrameType
from typing import TypeAlias

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_MAX_FRAMES = 16
_is_ours: dict[str, bool] = {}

Captured: TypeAlias = "tuple[tuple[CodeType, int], ...]"

# The last stack captured at a place: the operations that a loop makes there share it.
_MAX_PLACES = 4096
_shared: dict[tuple[int, int], Captured] = {}


def _inside_package(filename: str) -> bool:
    # A frozen importlib frame or a generated dataclass method is nobody's own line.
    ours = filename.startswith((_PACKAGE, "<frozen", "<string>")) or filename.endswith(
        os.sep + "contextlib.py"
    )
    _is_ours[filename] = ours
    return ours


def capture() -> Captured:
    """Capture the innermost frames outside graphflow, innermost first."""
    current: FrameType | None = sys._getframe(1)
    frames: list[tuple[CodeType, int]] = []
    while current is not None:
        code = current.f_code
        ours = _is_ours.get(code.co_filename)
        if ours is None:
            ours = _inside_package(code.co_filename)
        if not ours:
            frames.append((code, current.f_lasti))
            if len(frames) == _MAX_FRAMES:
                break
        current = current.f_back
    return _share(tuple(frames))


def _share(captured: Captured) -> Captured:
    """Return the stack captured last at this place if it was the same."""
    if not captured:
        return captured
    code, offset = captured[0]
    place = id(code), offset  # a code object in the table is alive, so that its id is its own
    known = _shared.get(place)
    if known == captured:
        return known
    if len(_shared) >= _MAX_PLACES:
        _shared.clear()
    _shared[place] = captured
    return captured


def _line_of(code: CodeType, offset: int) -> int:
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= offset < end and number is not None:
            return number
        if start <= offset and number is not None:
            line = number
    return line


def summaries(captured: Captured) -> list[traceback.FrameSummary]:
    """The captured frames as `traceback.FrameSummary`, outermost first, as Python prints them."""
    return [
        traceback.FrameSummary(code.co_filename, _line_of(code, offset), code.co_name)
        for code, offset in reversed(captured)
    ]


def user_place(captured: Captured) -> tuple[CodeType, int] | None:
    """The code object and the line of the innermost user frame, None if there is none."""
    if not captured:
        return None
    code, offset = captured[0]
    return code, _line_of(code, offset)


def user_line(captured: Captured) -> str:
    """The innermost user frame as `file:line in function`, or '' if there is none."""
    place = user_place(captured)
    if place is None:
        return ""
    code, line = place
    return f"{code.co_filename}:{line} in {code.co_name}"
