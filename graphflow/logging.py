"""`tf.logging`: messages of programs, on Python's logger "tensorflow".

Messages below the verbosity, WARN at first, are left out.
"""

from __future__ import annotations

import logging as _logging
import sys as _sys
import threading as _threading
from collections import Counter as _Counter
from typing import Any as _Any

DEBUG = _logging.DEBUG
INFO = _logging.INFO
WARN = _logging.WARNING
ERROR = _logging.ERROR
FATAL = _logging.CRITICAL

_LEVEL_NAMES = {FATAL: "FATAL", ERROR: "ERROR", WARN: "WARN", INFO: "INFO", DEBUG: "DEBUG"}
_lock = _threading.Lock()
_counts: _Counter[tuple[str, int]] = _Counter()
_task_messages: dict[str, str] = {}


class _Handler(_logging.StreamHandler[_Any]):
    """Writes to what is the standard error stream at that time: tests and notebooks replace it."""

    def __init__(self) -> None:
        _logging.Handler.__init__(self)

    @property
    def stream(self) -> _Any:
        return _sys.stderr


def _get_logger() -> _logging.Logger:
    logger = _logging.getLogger("tensorflow")
    with _lock:
        if logger.level == _logging.NOTSET:
            logger.setLevel(WARN)
        # A program that has set up logging itself gets the messages there.
        if not logger.handlers and not _logging.getLogger().handlers:
            handler = _Handler()
            handler.setFormatter(_logging.Formatter(_logging.BASIC_FORMAT))
            logger.addHandler(handler)
    return logger


def log(level: int, msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a message.

    Args:
      level: `tf.logging.INFO` or another level.
      msg: the message, with %-placeholders for `args`.
      *args: what goes into the placeholders.
      **kwargs: as for Python's own `logging.log`.
    """
    kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
    _get_logger().log(level, msg, *args, **kwargs)


def debug(msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a message for whoever looks for a fault; see `log`."""
    log(DEBUG, msg, *args, stacklevel=2, **kwargs)


def info(msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a message on the course of things; see `log`."""
    log(INFO, msg, *args, stacklevel=2, **kwargs)


def warn(msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a warning; see `log`."""
    log(WARN, msg, *args, stacklevel=2, **kwargs)


warning = warn


def error(msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a message on an error; see `log`."""
    log(ERROR, msg, *args, stacklevel=2, **kwargs)


def fatal(msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a message on an error that ends the program, which is up to the caller; see `log`."""
    log(FATAL, msg, *args, stacklevel=2, **kwargs)


def vlog(level: int, msg: _Any, *args: _Any, **kwargs: _Any) -> None:
    """Write a message; see `log`."""
    log(level, msg, *args, stacklevel=2, **kwargs)


def log_if(level: int, msg: _Any, condition: _Any, *args: _Any) -> None:
    """Write a message if a condition holds.

    Args:
      level: the level.
      msg: the message.
      condition: whether to write it.
      *args: what goes into its placeholders.
    """
    if condition:
        log(level, msg, *args, stacklevel=2)


def log_first_n(level: int, msg: _Any, n: int, *args: _Any) -> None:
    """Write a message the first `n` times that the calling line comes here.

    Args:
      level: the level.
      msg: the message.
      n: how many times.
      *args: what goes into its placeholders.
    """
    log_if(level, msg, _count_calls() <= n, *args)


def log_every_n(level: int, msg: _Any, n: int, *args: _Any) -> None:
    """Write a message the first time that the calling line comes here, and then every `n`-th time.

    Args:
      level: the level.
      msg: the message.
      n: how many times apart.
      *args: what goes into its placeholders.
    """
    log_if(level, msg, (_count_calls() - 1) % n == 0, *args)


def _count_calls() -> int:
    """Count the calls from the line of the program that called this module."""
    frame = _sys._getframe(2)
    line = frame.f_code.co_filename, frame.f_lineno
    with _lock:
        _counts[line] += 1
        return _counts[line]


def TaskLevelStatusMessage(msg: str) -> None:
    """Write the status of a task as an error message.

    Args:
      msg: the status.
    """
    error(msg)


def flush() -> None:
    """Write out what handlers may hold back."""
    for handler in _get_logger().handlers:
        handler.flush()


def get_verbosity() -> int:
    """Return the lowest level of messages that are written.

    >>> get_verbosity() == WARN
    True
    """
    return _get_logger().getEffectiveLevel()


def set_verbosity(v: _Any) -> None:
    """Set the lowest level of messages that are written.

    Args:
      v: a level such as `tf.logging.INFO`, or its name.
    """
    _get_logger().setLevel("WARNING" if v == "WARN" else "CRITICAL" if v == "FATAL" else v)


def level_name(level: int) -> str:
    """Return the name of a level.

    >>> level_name(INFO)
    'INFO'
    """
    return _LEVEL_NAMES.get(level, str(level))
