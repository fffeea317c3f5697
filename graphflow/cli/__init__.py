"""The command `graphflow`: `command_line.py` reads the arguments, and each command has a module."""
