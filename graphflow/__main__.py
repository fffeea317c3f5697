"""`python -m graphflow` is the command `graphflow`."""

from __future__ import annotations

import sys

from graphflow.cli.command_line import main

if __name__ == "__main__":
    sys.exit(main())
