"""Names that matplotlib has lost come back when a program imports it, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("matplotlib")

PROGRAM = """
import sys
from graphflow.launcher.removed_names import restore_removed_names
if {early}:
    import matplotlib
    matplotlib.use("agg")
    import matplotlib.pyplot
restore_removed_names()
restore_removed_names()
assert {early} or not any(name.startswith("matplotlib") for name in sys.modules)
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
{statements}
"""

CASES = {
    "window title": "plt.figure().canvas.set_window_title('a')",
    "draggable legend": "plt.plot([1, 2], label='a'); plt.legend().draggable(True)",
    "lines": """
ax = plt.figure().add_subplot(121)
first, = ax.plot([1, 2]); second, = ax.plot([3, 4]); third, = ax.plot([5, 6])
ax.lines.remove(first)
assert ax.lines.pop(0) is second and list(ax.lines) == [third]
""",
    "hold": """
plt.hold(True); plt.gca().hold(True); plt.hold()
try: plt.hold(False)
except NotImplementedError as error: assert 'cla()' in str(error)
else: assert False
""",
    "normed histogram": "assert plt.hist([1, 2, 2, 5], bins=2, normed=True)[0].sum() == 0.5",
    "background": """
ax = plt.figure().add_subplot(111, axisbg='red'); assert ax.get_facecolor()[:3] == (1, 0, 0)
ax.set_axis_bgcolor('lime'); assert ax.get_facecolor()[:3] == (0, 1, 0)
""",
    "axes in space": "assert plt.figure().gca(projection='3d').name == '3d'",
    "current axes": "ax = plt.gca(); assert plt.gca() is ax and plt.gcf().gca() is ax",
    "colour maps": "assert plt.cm.get_cmap('viridis').N == 256",
    "names of pylab": "from pylab import hist; hist([1, 2], normed=True)",
    "geometry": """
ax = plt.figure().add_subplot(231); ax.change_geometry(1, 2, 2)
assert ax.get_subplotspec().get_geometry() == (1, 2, 1, 1)
""",
}


@pytest.mark.parametrize("early", [False, True], ids=["imported later", "imported before"])
def test_they_come_back(early):
    statements = "\n".join(CASES.values())
    code = PROGRAM.format(early=early, statements=statements)
    subprocess.run([sys.executable, "-c", code], check=True)
