"""Draw several updates of one kind as one box: an optimizer has one for each variable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from graphflow.viz.picture import Item, Kind, Link, LinkKind, Picture, duration_text

_LEAST = 3
_MAX_LISTED = 20


def stack(picture: Picture) -> Picture:
    """Return a picture in which three or more like updates are one box.

    Updates are alike if they are of one type, under one name scope of their optimizer, and run on
    one thread.

    Args:
      picture: the picture; it stays as it is.
    """
    groups: dict[tuple[str, ...], list[Item]] = {}
    for item in picture.items.values():
        if item.kind is Kind.TRAINING and len(item.types) == 1 and not item.is_wanted:
            (kind,) = item.types
            groups.setdefault((kind, item.lane, *item.scope[:1]), []).append(item)
    stacks = {
        _key(items): items for items in groups.values() if len(items) >= _LEAST and _updates(items)
    }
    shown_by = {item.key: key for key, items in stacks.items() for item in items}
    result = Picture()
    for item in picture.items.values():
        key = shown_by.get(item.key, item.key)
        if key not in result.items:
            result.add(_stacked(key, stacks[key]) if key in stacks else item)
    for link in picture.links:
        source = shown_by.get(link.source, link.source)
        target = shown_by.get(link.target, link.target)
        result.link(replace(link, source=source, target=target))
    result.links = _once(result.links)
    return result


def _key(items: Sequence[Item]) -> str:
    return f"{items[0].key}+{len(items)}"


def _updates(items: Sequence[Item]) -> bool:
    """Whether they change variables; what only prepares updates stays single."""
    return all("Apply" in kind or kind.startswith("Assign") for kind in items[0].types)


def _stacked(key: str, items: Sequence[Item]) -> Item:
    first = items[0]
    types: Counter[str] = Counter()
    for item in items:
        types.update(item.types)
    numbers = [item.number for item in items if item.number is not None]
    details = []
    if numbers:
        is_row = max(numbers) - min(numbers) + 1 == len(numbers)
        details.append(f"steps {min(numbers)} to {max(numbers)}" if is_row else "several steps")
    times = [item.micros for item in items if item.micros is not None]
    if times:
        details.append(f"{duration_text(sum(times))} in all")
    shared = set(first.details).intersection(*(item.details for item in items[1:]))
    details += [line for line in first.details if line in shared and not _is_own(line, items)]
    listed = [item.tooltip for item in items[:_MAX_LISTED]]
    return replace(
        first,
        key=key,
        scope=_common_scope([item.scope for item in items]),
        title=f"{len(items)} × {next(iter(types))}",
        details=tuple(details),
        tooltip="\n\n".join(listed),
        types=types,
        number=None,
        copies=len(items),
    )


def _common_scope(scopes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    levels = takewhile(lambda names: len(set(names)) == 1, zip(*scopes, strict=False))
    return tuple(names[0] for names in levels)


def _is_own(line: str, items: Sequence[Item]) -> bool:
    """Whether a line says which variable an update is for, or how long it took."""
    times = [duration_text(item.micros) for item in items if item.micros is not None]
    return line.startswith("writes ") or line in times


def _once(links: Sequence[Link]) -> list[Link]:
    """Leave out what only orders boxes that a tensor orders already."""
    ordered = {(link.source, link.target) for link in links if link.kind is not LinkKind.CONTROL}
    return [
        link
        for link in dict.fromkeys(links)
        if link.kind is not LinkKind.CONTROL or (link.source, link.target) not in ordered
    ]


def without_implied(picture: Picture) -> Picture:
    """Return a picture without the links that only order what other links order already.

    Args:
      picture: the picture, whose links make no circle.
    """
    place = {key: number for number, key in enumerate(picture.items)}
    after: dict[str, list[Link]] = {}
    for link in picture.links:
        if link.kind is not LinkKind.UPDATE:
            after.setdefault(link.target, []).append(link)
    before = _all_before(after, place)
    result = Picture(dict(picture.items))
    for link in picture.links:
        others = [each for each in after.get(link.target, ()) if each.source != link.source]
        is_implied = link.kind is LinkKind.CONTROL and any(
            before[each.source] >> place[link.source] & 1 for each in others
        )
        if not is_implied:
            result.links.append(link)
    return result


def _all_before(after: Mapping[str, Sequence[Link]], place: Mapping[str, int]) -> dict[str, int]:
    """Return for each item those before it, as the bits of a number."""
    before: dict[str, int] = {}
    for start in place:
        stack = [start]
        while stack:
            key = stack[-1]
            sources = [link.source for link in after.get(key, ())]
            waiting = [source for source in sources if source not in before]
            if waiting and len(stack) <= len(place):
                stack += waiting
                continue
            stack.pop()
            if key not in before:
                found = 0
                for source in sources:
                    found |= before.get(source, 0) | 1 << place[source]
                before[key] = found
    return before
