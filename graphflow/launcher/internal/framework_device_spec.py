"""`tensorflow.python.framework.device_spec`."""

from __future__ import annotations

from graphflow.core.device import DeviceSpec

DeviceSpecV1 = DeviceSpecV2 = DeviceSpec
