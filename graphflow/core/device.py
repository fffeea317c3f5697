"""Device strings: recorded and validated, shown in diagrams, without effect on execution."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphflow.core.graph import Operation

_PART = re.compile(
    r"^(?:(?P<key>job|replica|task|device):(?P<value>[^/]+)|(?P<kind>(?i:cpu|gpu))(?::(?P<n>\d+|\*))?)$"
)
_FIELDS = ("job", "replica", "task", "device_type", "device_index")


class DeviceSpec:
    """A possibly partial description of a device.

    Args:
      job: job name.
      replica: replica index.
      task: task index.
      device_type: such as `CPU` or `GPU`.
      device_index: index of the device; None for any.

    >>> DeviceSpec(job="ps", task=2, device_type="CPU", device_index=0).to_string()
    '/job:ps/task:2/device:CPU:0'
    """

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self.job = job or None
        self.replica = None if replica is None else int(replica)
        self.task = None if task is None else int(task)
        # cpu and gpu are written in capitals, as TensorFlow does.
        known = device_type in ("cpu", "gpu")
        self.device_type = device_type.upper() if known and device_type else device_type
        self.device_index = None if device_index is None else int(device_index)

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """Replace the fields by those that the string `spec` names.

        Raises:
          ValueError: the string is malformed.
        """
        parsed = DeviceSpec.from_string(spec)
        for field in _FIELDS:
            setattr(self, field, getattr(parsed, field))
        return self

    @staticmethod
    def from_string(spec: str) -> DeviceSpec:
        """Parse `/job:<name>/replica:<i>/task:<i>/device:<TYPE>:<i>`; every part may be absent.

        Raises:
          ValueError: the string is malformed.
        """
        fields: dict[str, Any] = {}
        for part in spec.split("/"):
            if part:
                _parse_part(spec, part, fields)
        return DeviceSpec(**fields)

    def merge_from(self, dev: DeviceSpec) -> None:
        """Override the fields that `dev` sets."""
        for field in _FIELDS:
            value = getattr(dev, field)
            if value is not None:
                setattr(self, field, value)

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        """Return a copy with the fields that `dev` sets overridden."""
        merged = self.replace()
        merged.merge_from(dev)
        return merged

    def replace(self, **kwargs: Any) -> DeviceSpec:
        """Return a copy with the given fields replaced."""
        return DeviceSpec(**{**{field: getattr(self, field) for field in _FIELDS}, **kwargs})

    def to_string(self) -> str:
        """Return the canonical string, '' if nothing is set."""
        parts = [
            f"/{field}:{getattr(self, field)}"
            for field in ("job", "replica", "task")
            if getattr(self, field) is not None
        ]
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            parts.append(f"/device:{self.device_type}:{index}")
        return "".join(parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())

    def __repr__(self) -> str:
        return f"<DeviceSpec {self.to_string()!r}>"


def _parse_part(spec: str, part: str, fields: dict[str, Any]) -> None:
    match = _PART.match(part)
    if match is None:
        raise ValueError(
            f"malformed device {spec!r}: cannot read {part!r}; "
            "the form is /job:<name>/replica:<i>/task:<i>/device:<TYPE>:<i>"
        )
    key, value = match["key"], match["value"]
    if key in ("replica", "task") and not value.isdigit():
        raise ValueError(f"malformed device {spec!r}: {key} must be a number, not {value!r}")
    if key == "job":
        fields["job"] = value
        return
    if key in ("replica", "task"):
        fields[key] = int(value)
        return
    kind, _, index = (value.partition(":")) if key else (match["kind"].upper(), ":", match["n"])
    if "device_type" in fields:
        raise ValueError(f"malformed device {spec!r}: it names two devices")
    fields["device_type"] = kind
    if index and index != "*":
        if not index.isdigit():
            raise ValueError(f"malformed device {spec!r}: {index!r} is not a device index")
        fields["device_index"] = int(index)


class DeviceScope:
    """One `with device(...)` block: a function of the operation, or a fixed (partial) device."""

    __slots__ = ("function", "is_clear", "spec")

    def __init__(self, device: Any) -> None:
        self.is_clear = device is None
        self.function: Callable[[Operation], Any] | None = None
        self.spec = DeviceSpec()
        if device is None:
            return
        if isinstance(device, str):
            self.spec = DeviceSpec.from_string(device)
        elif isinstance(device, DeviceSpec):
            self.spec = device
        elif callable(device):
            self.function = device
        elif hasattr(device, "to_string"):
            self.spec = DeviceSpec.from_string(device.to_string())
        else:
            raise TypeError(f"a device is a string, DeviceSpec or function, not {device!r}")

    def apply(self, operation: Operation, inner: str) -> str:
        """The device of `operation` in this block, when the blocks inside it ask for `inner`.

        A fixed device fills in what is missing; what a function returns replaces `inner`, a string
        as it is written.
        """
        if self.function is None:
            return self.spec.make_merged_spec(DeviceSpec.from_string(inner)).to_string()
        operation._device = inner
        result = self.function(operation)
        if isinstance(result, DeviceSpec):
            return result.to_string()
        text = result or ""
        DeviceSpec.from_string(text)  # refuses malformed ones
        return text


def merge_device_stack(stack: Sequence[DeviceScope], operation: Operation) -> str:
    """The device of an operation under nested device blocks: inner ones override outer ones.

    A device function sees, in `operation.device`, what the blocks inside it asked for.
    """
    merged = ""
    for scope in reversed(stack):
        if scope.is_clear:
            break
        merged = scope.apply(operation, merged)
    return merged


_log_placement = False


def set_log_device_placement(enabled: bool) -> None:
    """Set whether new sessions log where each operation is placed, whatever their configuration.

    Args:
      enabled: True or False, as it is at first.
    """
    global _log_placement
    _log_placement = bool(enabled)


def get_log_device_placement() -> bool:
    """Tell what `set_log_device_placement` has set.

    >>> import graphflow as tf
    >>> tf.debugging.get_log_device_placement()
    False
    """
    return _log_placement
