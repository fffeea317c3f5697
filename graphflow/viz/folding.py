"""Fold large scopes of a picture into single boxes, and bundle the links that then coincide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from graphflow.viz.picture import Item, Kind, Link, LinkKind, Picture

# The whole drawing may have so many times the boxes that one scope may have.
_WHOLE_TO_SCOPE = 2
# More links from the model into a folded box of gradients or updates are told by their number.
_MAX_DERIVED_LINKS = 6
_DERIVED = (Kind.GRADIENT, Kind.TRAINING)


@dataclass(slots=True)
class Scope:
    """A name scope with what is directly inside.

    Attributes:
      path: the names from the outermost scope to this one; empty for the whole picture.
      items: the items directly inside.
      children: the inner scopes, by name.
      is_folded: whether it is drawn as one box.
    """

    path: tuple[str, ...]
    items: list[Item] = field(default_factory=list)
    children: dict[str, Scope] = field(default_factory=dict)
    is_folded: bool = False

    @property
    def key(self) -> str:
        """What identifies the box of the folded scope: no operation's name ends so."""
        return "/".join(self.path) + "/"

    @property
    def size(self) -> int:
        """The number of boxes that it is drawn with."""
        if self.is_folded:
            return 1
        return len(self.items) + sum(child.size for child in self.children.values())

    def all_items(self) -> Iterator[Item]:
        """Yield the items inside, at any depth."""
        yield from self.items
        for child in self.children.values():
            yield from child.all_items()

    def box(self) -> Item:
        """Return the item that stands for the folded scope."""
        items = list(self.all_items())
        types: Counter[str] = Counter()
        for item in items:
            types.update(item.types)
        return Item(
            key=self.key,
            scope=self.path[:-1],
            title=self.path[-1],
            kind=common_kind(items),
            details=tuple(_counts(items, types)),
            tooltip=_folded_tooltip(self.key, types),
            types=types,
            is_wanted=any(item.is_wanted for item in items),
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """All links of one kind between two boxes.

    Attributes:
      source: key of the box they come from.
      target: key of the box they go to.
      kind: what goes along them.
      labels: for each tensor its label; empty for control edges.
      is_derived: whether it leads from the model to what was derived from it, gradients or updates.
    """

    source: str
    target: str
    kind: LinkKind
    labels: dict[str, str]
    is_derived: bool = False

    @property
    def label(self) -> str:
        """The one tensor's dtype and shape, or how many tensors there are."""
        if len(self.labels) > 1:
            return f"{len(self.labels)} tensors"
        return next(iter(self.labels.values()), "")


@dataclass(slots=True)
class Folded:
    """A picture ready to be drawn.

    Attributes:
      root: the scopes, some of them folded.
      bundles: the links between what is shown.
      notes: for folded scopes, by key, what is said of links that are not drawn.
    """

    root: Scope
    bundles: list[Bundle]
    notes: dict[str, list[str]]


def fold(
    picture: Picture, limit: int | None, depth: int | None = None, expand: Iterable[str] = ()
) -> Folded:
    """Fold the scopes of a picture that are too large or too deep.

    Args:
      picture: what to draw.
      limit: a scope that takes more boxes is folded, first its inner scopes, then itself; the whole
        picture may take twice as many.  None folds nothing for its size.
      depth: scopes nested deeper are folded; None for none.
      expand: full names of scopes that stay open in any case.
    """
    root = _tree(picture)
    kept_open = {name.strip("/")[:end] for name in expand for end in _scope_ends(name.strip("/"))}
    _Folder(limit, depth, kept_open).fit(root, 0)
    shown = _Shown(root)
    bundles = _bundles(picture, shown)
    if limit is None:
        return Folded(root, bundles, {})
    return Folded(root, *_thinned_out(bundles, _positions(picture, shown)))


def _scope_ends(name: str) -> list[int]:
    return [i for i, letter in enumerate(name) if letter == "/"] + [len(name)]


def _tree(picture: Picture) -> Scope:
    root = Scope(())
    for item in picture.items.values():
        scope = root
        for name in item.scope:
            scope = scope.children.setdefault(name, Scope((*scope.path, name)))
        scope.items.append(item)
    return root


class _Folder:
    """Decides which scopes are folded."""

    def __init__(self, limit: int | None, depth: int | None, kept_open: set[str]) -> None:
        self._limit = limit
        self._depth = depth
        self._kept_open = kept_open

    def fit(self, scope: Scope, level: int) -> None:
        """Fold inner scopes, or the scope itself, until it is small enough."""
        for child in scope.children.values():
            self.fit(child, level + 1)
        if self._depth is not None and level > self._depth and not self._stays_open(scope):
            scope.is_folded = True
        elif self._limit is not None:
            self._shrink(scope, self._limit if scope.path else _WHOLE_TO_SCOPE * self._limit)

    def _shrink(self, scope: Scope, limit: int) -> None:
        while scope.size > limit:
            open_children = [
                child
                for child in scope.children.values()
                if child.size > 1 and not self._stays_open(child)
            ]
            if not open_children:
                scope.is_folded = bool(scope.path) and not self._stays_open(scope)
                return
            max(open_children, key=_dispensability).is_folded = True

    def _stays_open(self, scope: Scope) -> bool:
        return "/".join(scope.path) in self._kept_open


def _dispensability(scope: Scope) -> tuple[bool, int]:
    """Large scopes are folded first, and before them all what was derived from the model."""
    return common_kind(scope.all_items()) in _DERIVED, scope.size


class _Shown:
    """What is visible.

    Attributes:
      key_of: for each item's key that of the box which shows it.
      kind_of: for each box's key its kind.
    """

    def __init__(self, root: Scope) -> None:
        self.key_of: dict[str, str] = {}
        self.kind_of: dict[str, Kind] = {}
        self._visit(root)

    def _visit(self, scope: Scope) -> None:
        for item in scope.items:
            self.key_of[item.key] = item.key
            self.kind_of[item.key] = item.kind
        for child in scope.children.values():
            if child.is_folded:
                self.kind_of[child.key] = common_kind(child.all_items())
                self.key_of.update((item.key, child.key) for item in child.all_items())
            else:
                self._visit(child)

    def ends(self, link: Link) -> tuple[str, str]:
        """Return the keys of the boxes that a link connects."""
        return self.key_of[link.source], self.key_of[link.target]

    def is_derived(self, source: str, target: str) -> bool:
        """Whether a link leads from the model to gradients or updates."""
        is_of_model = self.kind_of[source] not in (*_DERIVED, Kind.CONSTANT)
        return is_of_model and self.kind_of[target] in _DERIVED


def _bundles(picture: Picture, shown: _Shown) -> list[Bundle]:
    found: dict[tuple[str, str, LinkKind], Bundle] = {}
    updates = {shown.ends(link) for link in picture.links if link.kind is LinkKind.UPDATE}
    for link in picture.links:
        source, target = shown.ends(link)
        if source == target:
            continue
        is_update = link.kind is LinkKind.DATA and (source, target) in updates
        kind = LinkKind.UPDATE if is_update else link.kind
        bundle = found.get((source, target, kind))
        if bundle is None:
            bundle = Bundle(source, target, kind, {}, shown.is_derived(source, target))
            found[source, target, kind] = bundle
        if link.tensor:
            bundle.labels[link.tensor] = link.label
    return [bundle for bundle in found.values() if not _is_implied(bundle, found)]


def _positions(picture: Picture, shown: _Shown) -> dict[str, int]:
    """Return for each box the place of its last item in the order of creation."""
    return {shown.key_of[key]: position for position, key in enumerate(picture.items)}


def _thinned_out(
    bundles: list[Bundle], positions: dict[str, int]
) -> tuple[list[Bundle], dict[str, list[str]]]:
    """Leave out links into folded boxes of gradients and updates where there are many of them.

    The link from what was made last stays, usually from the loss.

    Returns:
      The links to draw, and notes on the others for the boxes.
    """
    groups: dict[tuple[str, LinkKind], list[Bundle]] = {}
    for bundle in bundles:
        if bundle.is_derived and bundle.target.endswith("/"):
            groups.setdefault((bundle.target, bundle.kind), []).append(bundle)
    left_out: set[int] = set()
    notes: dict[str, list[str]] = {}
    for (target, kind), group in groups.items():
        if len(group) <= _MAX_DERIVED_LINKS or kind is LinkKind.CONTROL:
            continue
        tensors = {tensor for bundle in group for tensor in bundle.labels}
        if kind is LinkKind.UPDATE:
            notes.setdefault(target, []).append(f"updates {len(tensors)} variables")
            left_out.update(id(bundle) for bundle in group)
        else:
            notes.setdefault(target, []).append(f"uses {len(tensors)} tensors of the model")
            last = max(group, key=lambda bundle: positions[bundle.source])
            left_out.update(id(bundle) for bundle in group if bundle is not last)
    return [bundle for bundle in bundles if id(bundle) not in left_out], notes


def _is_implied(bundle: Bundle, found: dict[tuple[str, str, LinkKind], Bundle]) -> bool:
    """Whether it only orders a folded scope that a tensor orders already."""
    if bundle.kind is not LinkKind.CONTROL:
        return False
    has_scope = bundle.source.endswith("/") or bundle.target.endswith("/")
    others = (LinkKind.DATA, LinkKind.UPDATE)
    return has_scope and any((bundle.source, bundle.target, kind) in found for kind in others)


def common_kind(items: Iterable[Item]) -> Kind:
    """Return the kind that stands for a scope: of gradients, of updates, or of anything."""
    kinds = {item.kind for item in items} - {Kind.CONSTANT, Kind.GROUP}
    if kinds == {Kind.GRADIENT}:
        return Kind.GRADIENT
    if kinds and kinds <= {Kind.TRAINING, Kind.VARIABLE, Kind.GRADIENT} and Kind.TRAINING in kinds:
        return Kind.TRAINING
    if kinds == {Kind.INITIALISATION}:
        return Kind.INITIALISATION
    return Kind.COMPUTE


def _counts(items: list[Item], types: Counter[str]) -> Iterator[str]:
    variables = sum(item.kind is Kind.VARIABLE for item in items)
    if variables:
        yield _plural(variables, "variable")
    yield _plural(types.total(), "operation")
    computing: Counter[str] = Counter()
    for item in items:
        if item.kind not in (Kind.VARIABLE, Kind.CONSTANT, Kind.GROUP):
            computing.update(item.types)
    common = [name if count == 1 else f"{count} {name}" for name, count in computing.most_common()]
    if common:
        yield ", ".join(common[:2]) + (", ..." if len(common) > 2 else "")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _folded_tooltip(name: str, types: Counter[str]) -> str:
    listed = [f"{count} {kind}" for kind, count in types.most_common(20)]
    return "\n".join([f"scope {name}", *listed])
