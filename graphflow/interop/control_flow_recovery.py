"""Find branches and loops among nodes that say them with Switch and Merge, Enter and Exit.

TensorFlow 1.x wrote a branch as nodes between a `Switch`, which sends a value one of two ways, and
a `Merge`, which takes the value that arrives.  A loop is a *frame*: values enter it through
`Enter`, a `Merge` takes them or those of the previous iteration (`NextIteration`), and a `Switch`
on the `LoopCond` sends them to the body or to an `Exit`.  (Yu et al., Dynamic Control Flow in
Large-Scale Machine Learning, EuroSys 2018, tells how they compose.)

What is found here are the outermost regions only: when the nodes of one are imported in turn, those
inside are found in the same way.  Nothing here makes operations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from graphflow.interop.node_inputs import Input

# A predicate and the way that a value goes: 0 where it is false, 1 where it is true.
Way = tuple[Input, int]

_NOTHING = Input("", 0)
PRIMITIVES = ("Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond")


@dataclass
class Region:
    """Nodes that become one operation.

    Attributes:
      name: the name of one of its nodes.
      names: the names of all its nodes.
      inputs: what its nodes take from outside.
    """

    name: str
    names: list[str]
    inputs: list[Input] = field(default_factory=list)


@dataclass
class LoopVariable:
    """A loop variable: the names of the nodes that make it.

    Attributes:
      merge: gives the value in each iteration.
      initial: what it enters with.
      following: what the next iteration gets.
      waits: what must run before the next iteration.
      switches: send the value to the body or out.
      exits: give the value after the loop.
    """

    merge: str
    initial: Input
    following: Input
    waits: list[Input]
    switches: list[str]
    exits: list[str]


@dataclass
class Loop(Region):
    """A loop.

    Attributes:
      variables: the loop variables.
      constants: from `Enter` nodes to the values that are the same in all iterations.
      condition: whether there is one more iteration.
      members: the nodes of condition and body.
      parallel_iterations: as recorded in the graph.
    """

    variables: list[LoopVariable] = field(default_factory=list)
    constants: dict[str, Input] = field(default_factory=dict)
    condition: Input = _NOTHING
    members: list[str] = field(default_factory=list)
    parallel_iterations: int = 10


@dataclass
class Conditional(Region):
    """Two branches.

    Attributes:
      predicate: selects the branch.
      switches: from `Switch` nodes to the values that they send one of two ways.
      members: the nodes of the branch for false, and of that for true.
      merges: from `Merge` nodes to what each branch gives for it, in the same order.
      swapped: the `Merge` nodes whose first input comes from the branch for true.
      exports: values of one branch that another region with the same predicate uses.
      waited_for: control inputs of nodes outside that are inside of a branch.
    """

    predicate: Input = _NOTHING
    switches: dict[str, Input] = field(default_factory=dict)
    members: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    merges: dict[str, tuple[Input, Input]] = field(default_factory=dict)
    swapped: set[str] = field(default_factory=set)
    exports: dict[Input, int] = field(default_factory=dict)
    waited_for: list[Input] = field(default_factory=list)


def primitive(node: Any) -> str:
    """Return which kind of control flow a node is, "" for all others.

    Args:
      node: a `NodeDef`.
    """
    kind = node.op.removeprefix("Ref")
    return kind if kind in PRIMITIVES else ""


class Found(NamedTuple):
    """What there is of control flow among nodes.

    Attributes:
      regions: the outermost branches and loops.
      inside: the names of nodes inside of branches and at their ends, also of those that belong to
        no region because nothing that runs depends on them.
      passing: the `Switch` nodes that can send a value one way only.
    """

    regions: list[Region]
    inside: set[str]
    passing: set[str]


def find_regions(
    nodes: Mapping[str, Any],
    inputs: Mapping[str, Sequence[Input]],
    replaced: Collection[Input] = (),
    decided: Collection[Input] = (),
    source: Callable[[Input], Input] = lambda item: item,
) -> Found:
    """Find the outermost branches and loops.

    Args:
      nodes: the `NodeDef`s by name.
      inputs: the inputs of each.
      replaced: inputs that come from elsewhere than from the node that they name.
      decided: predicates whose values are known here, within branches.
      source: leads from a value to the one that it is passed on from.

    Raises:
      ValueError: the nodes make neither branches nor loops.
    """
    kinds = {name: kind for name, node in nodes.items() if (kind := primitive(node))}
    if not kinds:
        return Found([], set(), set())
    passing = {
        name
        for name, kind in kinds.items()
        if kind == "Switch" and source(values_in(inputs[name])[1]) in decided
    }
    for name in passing:
        del kinds[name]
    known = {
        name: [item for item in items if item.node in nodes and item not in replaced]
        for name, items in inputs.items()
    }
    graph = _Nodes(nodes, inputs, known, kinds, source)
    loops = _Frames(graph).loops()
    ways = _Ways(graph, loops)
    outer = [loop for loop in loops if not ways.ways[loop.name]]
    return Found([*outer, *ways.conditionals()], ways.inside(), passing)


def values_in(items: Iterable[Input]) -> list[Input]:
    """Return the inputs that are values, not control inputs."""
    return [item for item in items if not item.is_control]


def source_of(
    item: Input, nodes: Mapping[str, Any], inputs: Mapping[str, Sequence[Input]]
) -> Input:
    """Return the value behind nodes that pass it on, also into loops.

    Args:
      item: a value.
      nodes: all `NodeDef`s by name.
      inputs: the inputs of each.
    """
    while item.node in nodes and nodes[item.node].op in ("Identity", "Enter"):
        item = values_in(inputs[item.node])[0]
    return item


@dataclass
class _Nodes:
    """The nodes, what they take from one another, and which of them are control flow."""

    nodes: Mapping[str, Any]
    inputs: Mapping[str, Sequence[Input]]
    known: Mapping[str, list[Input]]
    kinds: Mapping[str, str]
    source: Callable[[Input], Input]

    def data(self, name: str) -> list[Input]:
        """The inputs that are values."""
        return values_in(self.inputs[name])

    def is_back_edge(self, name: str, item: Input) -> bool:
        """Whether an input comes from the previous iteration."""
        return self.kinds.get(name) == "Merge" and self.kinds.get(item.node) == "NextIteration"

    def in_order(self) -> list[str]:
        """The names, each after its inputs, but for those from the previous iteration."""
        return _in_order({
            name: [item.node for item in items if not self.is_back_edge(name, item)]
            for name, items in self.known.items()
        })  # fmt: skip

    def error(self, name: str, problem: str) -> ValueError:
        """An error that names a node."""
        return ValueError(f"cannot import node {name!r} ({self.nodes[name].op}): {problem}")


def _in_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        some = ", ".join(map(repr, error.args[1][:5]))
        raise ValueError(f"the nodes {some} wait for each other in a circle") from None


def closure(
    starts: Iterable[Input], inputs: Mapping[str, Sequence[Input]], within: Collection[str]
) -> list[str]:
    """Return the nodes that some values need.

    Args:
      starts: the values.
      inputs: the inputs of each node.
      within: the nodes to choose from.

    Returns:
      Their names, in the order of `within`.
    """
    found: set[str] = set()
    stack = [item.node for item in starts]
    while stack:
        name = stack.pop()
        if name not in found and name in within:
            found.add(name)
            stack.extend(item.node for item in inputs[name])
    return [name for name in within if name in found]


# -- loops --------------------------------------------------------------------------------------


class _Frames:
    """Finds the frames.

    Attributes:
      of: for each node inside of frames their names, the outermost first.
    """

    def __init__(self, graph: _Nodes) -> None:
        self.graph = graph
        self.of: dict[str, tuple[str, ...]] = {}
        for name in graph.in_order():
            self._place(name)

    def _place(self, name: str) -> None:
        graph = self.graph
        frames = [self._leaving(item.node) for item in graph.known[name]
                  if not graph.is_back_edge(name, item)]  # fmt: skip
        longest: tuple[str, ...] = max(frames, key=len, default=())
        if any(longest[: len(frame)] != frame for frame in frames):
            raise graph.error(name, f"its inputs come from different loops: {sorted(set(frames))}")
        if graph.kinds.get(name) == "Enter":
            longest += (graph.nodes[name].attr["frame_name"].s.decode(),)
        self.of[name] = longest

    def _leaving(self, name: str) -> tuple[str, ...]:
        frames = self.of.get(name, ())
        return frames[:-1] if self.graph.kinds.get(name) == "Exit" else frames

    def loops(self) -> list[Loop]:
        """Return the outermost loops."""
        names: dict[str, list[str]] = {}
        for name in self.graph.nodes:
            if self.of[name]:
                names.setdefault(self.of[name][0], []).append(name)
        return [self._loop(frame, found) for frame, found in names.items()]

    def _loop(self, frame: str, names: list[str]) -> Loop:
        graph = self.graph
        own = {kind: [name for name in names
                      if graph.kinds.get(name) == kind and len(self.of[name]) == 1]
               for kind in PRIMITIVES}  # fmt: skip
        heads = [name for name in own["Merge"]
                 if any(graph.is_back_edge(name, item) for item in graph.known[name])]  # fmt: skip
        if len(own["LoopCond"]) != 1 or not heads:
            raise graph.error(
                names[0], f"the loop {frame!r} has {len(own['LoopCond'])} conditions and "
                f"{len(heads)} loop variables"
            )  # fmt: skip
        (loop_cond,) = own["LoopCond"]
        variables = [self._variable(name, own, loop_cond) for name in heads]
        header = {loop_cond, *heads, *own["Enter"], *own["Exit"], *own["NextIteration"]}
        header.update(switch for variable in variables for switch in variable.switches)
        entered = {graph.inputs[merge][0].node for merge in heads}
        inside = set(names)
        enter = graph.nodes[own["Enter"][0]]
        return Loop(
            name=names[0],
            names=names,
            inputs=[item for name in names for item in graph.inputs[name]
                    if item.node not in inside],
            variables=variables,
            constants={name: graph.data(name)[0] for name in own["Enter"] if name not in entered},
            condition=graph.data(loop_cond)[0],
            members=[name for name in names if name not in header],
            parallel_iterations=int(enter.attr["parallel_iterations"].i) or 10,
        )  # fmt: skip

    def _variable(self, merge: str, own: Mapping[str, list[str]], loop_cond: str) -> LoopVariable:
        graph = self.graph
        data = graph.data(merge)
        kinds = [graph.kinds.get(item.node) for item in data]
        if kinds != ["Enter", "NextIteration"]:
            raise graph.error(merge, "it must take the first value of a loop variable and the next")
        enter, following = data[0].node, data[1].node
        switches = [
            name
            for name in own["Switch"]
            if graph.data(name)[0].node == merge and graph.data(name)[1].node == loop_cond
        ]
        exits = [name for name in own["Exit"] if graph.data(name)[0].node in switches]
        return LoopVariable(
            merge=merge,
            initial=graph.data(enter)[0],
            following=graph.data(following)[0],
            waits=[item for item in graph.inputs[following] if item.is_control],
            switches=switches,
            exits=exits,
        )


# -- branches -----------------------------------------------------------------------------------


class _Ways:
    """Finds the branches.

    Each node has its *ways*: the predicates, the outermost first, and which way each must go for
    the node to run.  A node that uses the result of a branch, and goes the same way again, belongs
    to a later *stage*: what TensorFlow adds for gradients does that.  Nodes that go the same way in
    the same stage are one region, if they have to do with one another.

    Attributes:
      owner: from the nodes of a loop to the loop, which counts as one node here.
      ways: of each node.
      stages: of each node: the stage for each predicate, if it is not the first.
    """

    def __init__(self, graph: _Nodes, loops: Sequence[Loop]) -> None:
        self.graph = graph
        self.owner = {name: loop.name for loop in loops for name in loop.names}
        self.taken: dict[str, list[Input]] = {
            name: items for name, items in graph.known.items() if name not in self.owner
        }
        for loop in loops:
            known = {item for name in loop.names for item in graph.known[name]}
            self.taken[loop.name] = [item for item in loop.inputs if item in known]
        self.loops = {loop.name: loop for loop in loops}
        self.ways: dict[str, tuple[Way, ...]] = {}
        self.stages: dict[str, dict[Input, int]] = {}
        order = _in_order(
            {name: [self._owner(item) for item in items] for name, items in self.taken.items()}
        )
        for name in order:
            self._place(name)

    def _owner(self, item: Input) -> str:
        return self.owner.get(item.node, item.node)

    def _kind(self, name: str) -> str:
        return "" if name in self.owner else self.graph.kinds.get(name, "")

    def _key(self, item: Input) -> Input:
        """What tells predicates apart: the value behind nodes that pass it on."""
        return self.graph.source(item)

    def _predicate(self, switch: str) -> Input:
        return self.graph.data(switch)[1]

    def _place(self, name: str) -> None:
        items = self.taken[name]
        stages: dict[Input, int] = {}
        for item in items:
            for key, stage in self._stages_after(item).items():
                stages[key] = max(stage, stages.get(key, 0))
        self.stages[name] = stages
        ways = [self._ways_of(item) for item in items]
        if self._kind(name) == "Merge":
            self.ways[name] = self._joined(name)
            return
        if name in self.graph.nodes and self.graph.nodes[name].op == "ControlTrigger":
            ways = []  # it runs whichever branch did
        longest = max(ways, key=len, default=())
        if any(longest[: len(way)] != way for way in ways):
            raise self.graph.error(name, "it takes values of branches that do not run together")
        self.ways[name] = longest

    def _ways_of(self, item: Input) -> tuple[Way, ...]:
        ways = self.ways[self._owner(item)]
        if self._kind(item.node) != "Switch" or item.is_control:
            return ways
        way = self._key(self._predicate(item.node)), item.output
        return ways if way in ways else (*ways, way)

    def _joined(self, merge: str) -> tuple[Way, ...]:
        """The ways of a Merge: those of its inputs but for the last, which differs."""
        data = self.graph.data(merge)
        ways = [self._ways_of(item) if item in self.taken[merge] else () for item in data]
        is_pair = len(ways) == 2 and all(ways)
        if (
            not is_pair
            or ways[0][:-1] != ways[1][:-1]
            or {way[-1] for way in ways} != {(ways[0][-1][0], 0), (ways[0][-1][0], 1)}
        ):
            raise self.graph.error(merge, "its inputs are not from two branches of one condition")
        return ways[0][:-1]

    def _stages_after(self, item: Input) -> dict[Input, int]:
        """The stages of what uses a value."""
        name = self._owner(item)
        stages = self.stages[name]
        if self._kind(name) != "Merge" or self.ways[name]:
            return stages
        key = self._closed_by(name)
        return {**stages, key: stages.get(key, 0) + 1}

    def _closed_by(self, merge: str) -> Input:
        """The predicate of an outermost Merge."""
        return self._ways_of(self.graph.data(merge)[0])[0][0]

    def conditionals(self) -> list[Conditional]:
        """Return the outermost conditionals."""
        groups = _Groups()
        for name in self.taken:
            if self._head(name) is None or self._is_copied(name):
                continue
            groups.add(name)
            for item in self.taken[name]:
                other = self._owner(item)
                if self._head(other) == self._head(name) and not self._is_copied(other):
                    groups.join(name, other)
        built = [_Builder(self, names).conditional() for names in groups.all()]
        self._export(built)
        return [item for item in built if item.merges or item.exports or item.waited_for]

    def inside(self) -> set[str]:
        """Return the names of all nodes inside of branches, and of those at their ends."""
        return {
            node
            for name in self.taken
            if self.ways[name] or self._kind(name) in ("Switch", "Merge")
            for node in (self.loops[name].names if name in self.loops else [name])
        }

    def _head(self, name: str) -> tuple[Input, int] | None:
        """Predicate and stage of the region that a node is in; None for one outside of branches."""
        if self._kind(name) == "Switch" and not self.ways[name]:
            return None
        if self.ways[name]:
            key = self.ways[name][0][0]
        elif self._kind(name) == "Merge":
            key = self._closed_by(name)
        else:
            return None
        return key, self.stages[name].get(key, 0)

    def _is_copied(self, name: str) -> bool:
        """Whether each region that uses a node gets its own: constants, and what they wait for."""
        if name in self.loops or not self.ways[name]:
            return False
        node = self.graph.nodes[name]
        if node.op == "Identity":
            source = self.graph.data(name)[0]
            return self._kind(source.node) == "Switch" and self._is_pivot(source.node)
        return node.op == "Const" and all(self._is_copied(item.node) for item in self.taken[name])

    def _is_pivot(self, switch: str) -> bool:
        """Whether a Switch sends the predicate itself."""
        data, predicate = self.graph.data(switch)[:2]
        return not self.ways[switch] and self._key(data) == self._key(predicate)

    def _export(self, built: Sequence[Conditional]) -> None:
        """Let regions give out the values that others, in a later stage, go on with.

        And let them do what a node outside waits for.
        """
        home = {name: item for item in built for name in item.names}
        for name, items in self.taken.items():
            if self.ways[name] or self._kind(name) == "Merge":
                continue
            for value in items:
                if value.is_control and self.ways[self._owner(value)]:
                    home[value.node].waited_for.append(value)
        for item in built:
            for name in item.names:
                for value in self.taken.get(name, ()):
                    source = home.get(self._owner(value))
                    if source is None or source is item or value.is_control:
                        continue
                    if self._kind(value.node) == "Merge" and not self.ways[value.node]:
                        continue
                    source.exports[value] = self._ways_of(value)[0][1]


class _Groups:
    """Sets of names that grow together."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def add(self, name: str) -> None:
        """Add a name."""
        self._parent.setdefault(name, name)

    def _root(self, name: str) -> str:
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Unite the sets of two names."""
        self.add(other)
        self._parent[self._root(one)] = self._root(other)

    def all(self) -> Iterator[list[str]]:
        """Yield the sets, each in the order in which its names were added."""
        sets: dict[str, list[str]] = {}
        for name in self._parent:
            sets.setdefault(self._root(name), []).append(name)
        yield from sets.values()


class _Builder:
    """Describes the conditional that some nodes are.

    Args:
      ways: where the nodes go.
      names: nodes and loops.
    """

    def __init__(self, ways: _Ways, names: Sequence[str]) -> None:
        self.ways = ways
        self.graph = ways.graph
        self.names = names

    def conditional(self) -> Conditional:
        """Return the description."""
        found = Conditional(self.names[0], self._expanded(self.names))
        inside = set(found.names)
        for name in self.names:
            if self.ways._kind(name) == "Merge" and not self.ways.ways[name]:
                self._take_merge(found, name)
        for name in self._with_copies(found):
            if not (self.ways._kind(name) == "Merge" and not self.ways.ways[name]):
                found.members[self.ways.ways[name][0][1]].extend(self._expanded([name]))
        self._take_switches(found)
        needed = [found.predicate, *found.switches.values()]
        waits = [item for name in found.switches for item in self.graph.inputs[name]
                 if item.is_control]  # fmt: skip
        others = [
            item
            for name in found.names
            for item in self.graph.inputs[name]
            if item.node not in inside and item.node not in found.switches
            and not self._is_copied(item.node)
        ]  # fmt: skip
        found.inputs = list(dict.fromkeys([*needed, *waits, *others]))
        return found

    def _expanded(self, names: Iterable[str]) -> list[str]:
        """Names with the nodes of loops among them."""
        loops = self.ways.loops
        return [node for name in names for node in (loops[name].names if name in loops else [name])]

    def _is_copied(self, name: str) -> bool:
        return name in self.ways.taken and self.ways._is_copied(name)

    def _with_copies(self, found: Conditional) -> list[str]:
        """The names, and the copied nodes that they use."""
        names = dict.fromkeys(self.names)
        stack = list(self.names)
        while stack:
            for item in self.ways.taken[stack.pop()]:
                if item.node not in names and self._is_copied(item.node):
                    names[item.node] = None
                    stack.append(item.node)
        return list(names)

    def _take_merge(self, found: Conditional, merge: str) -> None:
        first, second = self.graph.data(merge)
        if self.ways._ways_of(first)[0][1] == 1:
            found.swapped.add(merge)
            first, second = second, first
        found.merges[merge] = first, second

    def _take_switches(self, found: Conditional) -> None:
        used = [
            item.node
            for name in [*found.merges, *found.members[0], *found.members[1]]
            for item in self.graph.known[name]
        ]
        for name in dict.fromkeys(used):
            if self.ways._kind(name) == "Switch" and not self.ways.ways[name]:
                found.switches[name], found.predicate = self.graph.data(name)[:2]
