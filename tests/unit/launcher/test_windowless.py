"""Programs that want a window run where there is none, in their own process."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("matplotlib")

PROGRAM = """
from graphflow.launcher.removed_names import restore_removed_names
restore_removed_names()
restore_removed_names()
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
figure, axes = plt.subplots()
line, = axes.plot([], [])
steps, begun = [], []
def draw(step):
    steps.append(step)
    line.set_data(range(len(steps)), steps)
    plt.pause(0.001)
    return line,
{statements}
"""

CASES = {
    "shown": """
animation = FuncAnimation(figure, draw, 3, init_func=lambda: begun.append(1), repeat=False)
plt.show(block=True)
assert steps == [0, 1, 2] and begun == [1] and list(line.get_ydata()) == steps
plt.show()
assert steps == [0, 1, 2]
""",
    "drawn before": """
animation = FuncAnimation(figure, draw, frames=[5, 7], init_func=lambda: begun.append(1))
figure.canvas.draw()
plt.show()
assert steps == [5, 7] and begun == [1]
""",
    "not shown": """
animation = FuncAnimation(figure, draw, 3, init_func=lambda: begun.append(1))
plt.show(block=False); plt.show(False); plt.pause(0.001)
assert steps == []
""",
    "without end": """
import itertools
animation = FuncAnimation(figure, draw, itertools.count, cache_frame_data=False)
plt.show()
assert steps in ([], [0])
""",
    "a button": """
assert plt.waitforbuttonpress() is None and figure.waitforbuttonpress(0) is None
""",
    "a button of a window": """
waited = []
figure.canvas.new_timer = lambda: None
figure.canvas.start_event_loop = waited.append
plt.waitforbuttonpress(3)
assert waited == [3]
""",
    "with an event loop": """
animation = FuncAnimation(figure, draw, 3, init_func=lambda: begun.append(1))
class Timer(type(animation.event_source)): pass
animation.event_source = Timer()
plt.show()
assert steps == []
""",
}


@pytest.mark.parametrize("case", CASES)
def test_without_a_window(case: str):
    program = PROGRAM.format(statements=CASES[case])
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert ("played to its end" in result.stderr) == (case in ("shown", "drawn before"))
