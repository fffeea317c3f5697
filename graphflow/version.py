"""The versions of the project and of the interface that it has."""

from __future__ import annotations

__version__ = "0.1.0"  # read from here by the package, the build and the command line
TENSORFLOW_VERSION = "1.15.0"

# What `tf.version` has.
VERSION = TENSORFLOW_VERSION
GIT_VERSION = "graphflow-" + __version__
COMPILER_VERSION = "numpy"
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
