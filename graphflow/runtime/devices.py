"""The devices of a session: the processor alone, whatever a graph asks for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache

from graphflow.core.device import DeviceSpec
from graphflow.core.graph import Graph

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
_FALLBACK_MEMORY = 1 << 28  # what TensorFlow reports for every processor


@dataclass(frozen=True)
class DeviceAttributes:
    """A device that a session can use.

    Attributes:
      name: its full name.
      device_type: `CPU`.
      memory_limit_bytes: the memory of the machine.
      incarnation: a number that tells this process's device from those of others.
    """

    name: str
    device_type: str
    memory_limit_bytes: int
    incarnation: int


def list_devices() -> list[DeviceAttributes]:
    """Return the devices that a session can use.

    >>> [(device.name, device.device_type) for device in list_devices()]
    [('/job:localhost/replica:0/task:0/device:CPU:0', 'CPU')]
    """
    return [DeviceAttributes(CPU, "CPU", _memory(), _incarnation())]


def log_device_placement(graph: Graph) -> None:
    """Write to stderr, as TensorFlow does, where each operation of a graph runs.

    A request for another device than the first processor is repeated at the end of the line.

    Args:
      graph: the graph.
    """
    for operation in graph.get_operations():
        sys.stderr.write(
            f"{operation.name}: ({operation.type}): {CPU}{_unmet_request(operation.device)}\n"
        )


def _unmet_request(device: str) -> str:
    if not device:
        return ""
    asked, have = DeviceSpec.from_string(device), DeviceSpec.from_string(CPU)
    is_met = all(
        getattr(asked, field) in (None, getattr(have, field))
        for field in ("job", "replica", "task", "device_type", "device_index")
    )
    return "" if is_met else f" (asked for {device})"


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not told on every system
        return _FALLBACK_MEMORY


@cache
def _incarnation() -> int:
    return int.from_bytes(os.urandom(8), "little")
