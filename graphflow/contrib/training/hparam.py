"""Hyperparameters: named settings of a model that a command line can change."""

from __future__ import annotations

import json
import numbers
from collections.abc import Mapping
from typing import Any

from graphflow.contrib.training.hparam_text import parse_values
from graphflow.core.compat import as_bytes, as_str
from graphflow.interop import protos
from graphflow.interop.meta_graph import register_proto_function

_KINDS = ((bool, "bool"), (numbers.Integral, "int64"), ((str, bytes), "bytes"), (float, "float"))


class HParams:
    """Named values, each also an attribute.

    The first value of a name settles its type, and whether it is a list; later ones must fit.

    Args:
      hparam_def: an `HParamDef` message to take the values from, instead of from `kwargs`.
      model_structure: anything, kept for `get_model_structure`.
      **kwargs: the values by name.

    Raises:
      ValueError: a name is that of a method, a list is empty, or there are both a message and
        values.

    >>> hparams = HParams(rate=0.1, sizes=[3, 5], name="small")
    >>> _ = hparams.parse("rate=2,sizes=[7]")
    >>> hparams.rate, hparams.sizes, "depth" in hparams
    (2.0, [7], False)
    >>> hparams
    HParams([('name', 'small'), ('rate', 2.0), ('sizes', [7])])
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        # By name: the type of the value, or of the items of a list, and whether it is a list.
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        if hparam_def and kwargs:
            raise ValueError("give either hparam_def or values, not both")
        values = _values_of(hparam_def) if hparam_def else kwargs
        for name, value in values.items():
            self.add_hparam(name, value)

    def __getattr__(self, name: str) -> Any:
        # Values are set as attributes, so this is reached for names that there are not.
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        known = ", ".join(self._hparam_types)
        raise AttributeError(f"there is no hyperparameter {name!r}; there are {known}")

    def add_hparam(self, name: str, value: Any) -> None:
        """Add a name with its first value.

        Args:
          name: the name.
          value: a number, bool, string, None or callable, or a list of such.

        Raises:
          ValueError: there is such a name already, or the list is empty.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(
                f"a hyperparameter cannot be called {name!r}: there is such an attribute already"
            )
        is_list = isinstance(value, (list, tuple))
        if is_list and not value:
            raise ValueError(f"the list {name!r} is empty: the type of its items is not known")
        self._hparam_types[name] = (type(value[0] if is_list else value), is_list)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Change a value.

        Args:
          name: the name.
          value: the new value, of the type of the first one.

        Raises:
          KeyError: there is no such name.
          ValueError: the value has another type.
        """
        if name not in self._hparam_types:
            raise KeyError(f"there is no hyperparameter {name!r}; add it with add_hparam")
        setattr(self, name, self._fitting(name, value))

    def _fitting(self, name: str, value: Any) -> Any:
        """The value in the type of a name."""
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list) != is_list:
            wanted = "a list" if is_list else "a single value"
            raise ValueError(f"hyperparameter {name!r} must be {wanted}, not {value!r}")
        if is_list:
            return [_cast(name, kind, item) for item in value]
        return _cast(name, kind, value)

    def del_hparam(self, name: str) -> None:
        """Remove a name, if there is such.

        Args:
          name: the name.
        """
        if name in self._hparam_types:
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Change values as a text says.

        Args:
          values: such as "rate=0.1,sizes=[3,5]", see `parse_values`.

        Returns:
          This object.

        Raises:
          ValueError: the text cannot be read, or names what is not there.
        """
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, kinds))

    def parse_json(self, values_json: str) -> HParams:
        """Change values as a JSON object says.

        Args:
          values_json: the text.

        Returns:
          This object.

        Raises:
          KeyError: the text names what is not there.
          ValueError: the text is not JSON, or a value has another type.

        >>> HParams(rate=0.5, sizes=[3]).parse_json('{"sizes": [7, 2]}').sizes
        [7, 2]
        """
        return self.override_from_dict(json.loads(values_json))

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> HParams:
        """Change values.

        Args:
          values_dict: the new values by name.

        Returns:
          This object.

        Raises:
          KeyError: a name is not there.
          ValueError: a value has another type.
        """
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: Mapping[str, Any]) -> HParams:
        """Change values; the old name of `override_from_dict`.

        Args:
          values_map: the new values by name.

        Returns:
          This object.
        """
        return self.override_from_dict(values_map)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keep an object beside the values.

        Args:
          model_structure: anything.
        """
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """Return the object that is kept beside the values."""
        return self._model_structure

    def to_json(
        self,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        """Return the values as a JSON object.

        Args:
          indent: by how much to indent what is nested; None for one line.
          separators: what to write between items, and between name and value.
          sort_keys: whether to sort the names.

        Raises:
          TypeError: a value is neither number, bool, string nor None.

        >>> HParams(rate=0.5, sizes=[3]).to_json()
        '{"rate": 0.5, "sizes": [3]}'
        """
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def values(self) -> dict[str, Any]:
        """Return the values by name, in the order in which they were added."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or a default if there is no such name.

        Args:
          key: the name.
          default: what to return instead; it must fit a name that there is.

        Raises:
          ValueError: the default does not fit the type of the value.

        >>> hparams = HParams(rate=0.5)
        >>> hparams.get("rate", 2.0), hparams.get("depth", 3)
        (0.5, 3)
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            self._fitting(key, default)
        return getattr(self, key)

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return the values as an `HParamDef` message.

        Args:
          export_scope: without meaning here: the values have no scope.

        Raises:
          ValueError: a value is neither number, bool nor string.
        """
        del export_scope
        message = protos.HParamDef()
        for name, (kind, is_list) in self._hparam_types.items():
            field = _field_of(name, kind)
            value = getattr(self, name)
            items = [
                as_bytes(v) if field == "bytes" else v for v in (value if is_list else [value])
            ]
            if is_list:
                getattr(message.hparam[name], f"{field}_list").value.extend(items)
            else:
                setattr(message.hparam[name], f"{field}_value", items[0])
        return message

    @staticmethod
    def from_proto(hparam_def: Any, import_scope: str | None = None) -> HParams:
        """Return hyperparameters with the values of a message.

        Args:
          hparam_def: an `HParamDef`.
          import_scope: without meaning here.
        """
        del import_scope
        return HParams(hparam_def=hparam_def)


def _cast(name: str, kind: type, value: Any) -> Any:
    """Return a value as one of another type, where nothing is lost by it."""
    if type(value) is kind or kind is type(None):
        return value
    if not _is_castable(kind, value):
        raise ValueError(
            f"hyperparameter {name!r} has the type {kind.__name__}, and {value!r} does not fit it"
        )
    return kind(value)


def _is_castable(kind: type, value: Any) -> bool:
    if issubclass(kind, bool) or isinstance(value, bool):
        return issubclass(kind, bool) and isinstance(value, bool)
    families = ((str, bytes), numbers.Integral, numbers.Number)
    return all(isinstance(value, family) for family in families if issubclass(kind, family))


def _field_of(name: str, kind: type) -> str:
    for types, field in _KINDS:
        if issubclass(kind, types):
            return field
    raise ValueError(f"hyperparameter {name!r} of type {kind.__name__} cannot be put in a message")


def _values_of(message: Any) -> dict[str, Any]:
    """The values of an `HParamDef`."""
    values = {}
    for name, entry in message.hparam.items():
        field = entry.WhichOneof("kind")
        value = getattr(entry, field)
        items = list(value.value) if field.endswith("_list") else [value]
        if field.startswith("bytes"):
            items = [as_str(item) for item in items]
        values[name] = items if field.endswith("_list") else items[0]
    return values


register_proto_function(
    "hparams", "HParamDef", to_proto=HParams.to_proto, from_proto=HParams.from_proto
)
