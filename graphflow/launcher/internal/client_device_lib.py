"""`tensorflow.python.client.device_lib`."""

from __future__ import annotations

from typing import Any

from graphflow.interop import protos
from graphflow.runtime.devices import list_devices


def list_local_devices(session_config: Any = None) -> list[Any]:
    """Return the devices of this machine.

    Args:
      session_config: a `ConfigProto`; it has no influence on what there is.

    Returns:
      `DeviceAttributes` messages.
    """
    del session_config
    return [
        protos.DeviceAttributes(
            name=device.name,
            device_type=device.device_type,
            memory_limit=device.memory_limit_bytes,
            incarnation=device.incarnation,
        )
        for device in list_devices()
    ]
