"""Texts such as `rate=0.1,sizes=[3,5],name=small`, which set hyperparameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_ASSIGNMENT = re.compile(
    r"""(?P<name>[a-zA-Z][\w.]*)
        (?: \[ \s* (?P<index>\d+) \s* \] )?
        \s* = \s*
        (?: (?P<scalar>[^,\[]*) | \[ (?P<items>[^\]]*) \] )
        (?: $ | , \s* )""",
    re.VERBOSE,
)
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


def parse_values(
    values: str, type_map: Mapping[str, type], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Read assignments that commas separate.

    Each is `name=value`, `name=[value,value]` or, for one item of a list, `name[index]=value`.

    Args:
      values: the text.
      type_map: the type of each name's value, or of the items of its list.
      ignore_unknown: whether names without a type are left out, and are no error.

    Returns:
      By name: a value, a list of values, or a dict of values by index.

    Raises:
      ValueError: the text is no list of assignments, a name has no type, a value does not fit its
        type, or a name or index is assigned twice.

    >>> parse_values("rate=0.5,sizes=[3,5],on[2]=true", {"rate": float, "sizes": int, "on": bool})
    {'rate': 0.5, 'sizes': [3, 5], 'on': {2: True}}
    """
    results: dict[str, Any] = {}
    position = 0
    while position < len(values):
        match = _ASSIGNMENT.match(values, position)
        if match is None:
            raise ValueError(
                f"{values[position:]!r} in {values!r} is no assignment of a hyperparameter; write "
                "name=value or name=[value,value], with commas between them"
            )
        position = match.end()
        name = match["name"]
        if name in type_map:
            _assign(results, match, type_map[name])
        elif not ignore_unknown:
            raise ValueError(f"there is no hyperparameter {name!r}: the type of it is not known")
    return results


def _assign(results: dict[str, Any], match: re.Match[str], kind: type) -> None:
    """Add what one assignment says to the results."""
    name, index = match["name"], match["index"]
    if match["items"] is not None:
        if index is not None:
            raise ValueError(f"{match.string!r}: one item of a list, {name}[{index}], is no list")
        items = filter(None, re.split("[ ,]", match["items"]))
        value: Any = [_converted(item, kind, match) for item in items]
    else:
        value = _converted(match["scalar"], kind, match)
    if index is None:
        if name in results:
            raise ValueError(f"{match.string!r} assigns {name} twice")
        results[name] = value
        return
    by_index = results.setdefault(name, {})
    if not isinstance(by_index, dict) or int(index) in by_index:
        raise ValueError(f"{match.string!r} assigns {name}[{index}] twice")
    by_index[int(index)] = value


def _converted(text: str, kind: type, match: re.Match[str]) -> Any:
    convert: Callable[[str], Any] = _boolean if kind is bool else kind
    try:
        return convert(text)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{match['name']!r} of type {kind.__name__} cannot have the value {text!r} "
            f"in {match.string!r}"
        ) from error


def _boolean(text: str) -> bool:
    return _BOOLEANS[text] if text in _BOOLEANS else bool(int(text))
