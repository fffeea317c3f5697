"""Lists of tensors in a compiled loop: arrays whose first axis is the list's.

The items of a list that the loop carries are in an array, with a second one that tells which are
written.  A new list with another item is not written at once, but when the iteration ends: until
then the iteration may turn out to fail, and others may still read the old list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphflow.compiler.memory import Form
from graphflow.compiler.native.place import Place, contiguous, merge_axes
from graphflow.compiler.native.writer import CannotCompile, Task, Writer

# What a function returns, plus the number of the list, when one must be made longer; see loop.py.
GROW = 3


@dataclass(frozen=True)
class _Change:
    """What becomes of a list when the iteration ends.

    Attributes:
      index: the text of the index of an item.
      slot: of the value for it.
      is_sum: whether the value is added to the item.
    """

    index: str
    slot: int
    is_sum: bool = False


@dataclass(frozen=True)
class _Version:
    """The value of a list at some step of an iteration.

    Attributes:
      root: the number of the list that it comes from; None for a new list without items.
      length: the text of its length.
      changes: what makes it differ from the root.
    """

    root: int | None
    length: str
    changes: tuple[_Change, ...] = ()


class Lists:
    """Writes the steps that deal with lists.

    Args:
      writer: where they are written.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._versions: dict[int, _Version] = {}
        self._forms: list[Form] = []
        self._carried: list[bool] = []

    def add_root(self, slot: int, form: Form, is_carried: bool) -> None:
        """Enter a list that the loop is given.

        Args:
          slot: its slot.
          form: of the items.
          is_carried: whether it is a loop variable, which may change.
        """
        number = len(self._forms)
        self._forms.append(form)
        self._carried.append(is_carried)
        self._versions[slot] = _Version(number, f"n{number}")

    def is_about_lists(self, task: Task) -> bool:
        """Tell whether a task takes or makes lists."""
        return task.op.type in _TYPES or any(slot in self._versions for slot in task.inputs)

    def write(self, task: Task) -> None:
        """Write the statements of a task.

        Raises:
          CannotCompile: there are none for it.
        """
        if task.op.type == "AddN":
            self._versions[task.outputs[0]] = self._sum(task.inputs)
            return
        write = _TYPES.get(task.op.type)
        if write is None:
            raise CannotCompile(f"{task.op.type} of lists")
        write(self, task)

    def commit(self, slot: int, root_slot: int) -> None:
        """Write the changes of a list when the iteration ends.

        Args:
          slot: the new list.
          root_slot: the list that it takes the place of.

        Raises:
          CannotCompile: it does not come from that list.
        """
        version, root = self._version(slot), self._version(root_slot).root
        if version.root != root or root is None:
            raise CannotCompile("a list takes the place of another one")
        for change in version.changes:
            self._apply(root, change)
        if version.length != f"n{root}":
            self._set_length(root, version.length)

    def _set_length(self, root: int, length: str) -> None:
        writer = self._writer
        writer.add(f"if {length} < n{root}:")
        with writer.indented():  # what is cut off is not written when the list gets longer again
            writer.add(f"M{root}[{length} : n{root}] = False")
            writer.add(f"L{root}[{length} : n{root}] = 0")
        writer.add(f"n{root} = {length}")

    def _apply(self, root: int, change: _Change) -> None:
        writer, form, index = self._writer, self._forms[root], change.index
        if change.is_sum:
            writer.add(f"if M{root}[{index}]:")
            with writer.indented():
                self._put(root, change, "+=")
            writer.add("else:")
            with writer.indented():
                self._put(root, change, "=")
        else:
            self._put(root, change, "=")
        writer.add(f"M{root}[{index}] = True")
        writer.work += form.elements

    def _put(self, root: int, change: _Change, how: str) -> None:
        writer, form = self._writer, self._forms[root]
        if form.shape == ():
            writer.add(f"L{root}[{change.index}] {how} v{change.slot}")
            return
        row = writer.name("row")
        writer.add(f"{row} = L{root}[{change.index}]")
        source = writer.place(change.slot)
        target = contiguous(row, form.shape)
        sizes, (to, of) = merge_axes(form.shape, [target.strides, source.strides])
        with writer.loops(sizes) as indices:
            left = Place(row, tuple(sizes), to).element(*indices)
            right = Place(source.array, tuple(sizes), of, source.offset).element(*indices)
            writer.add(f"{left} {how} {right}")

    def _version(self, slot: int) -> _Version:
        try:
            return self._versions[slot]
        except KeyError:
            raise CannotCompile("a list of unknown items") from None

    # -- the ops ------------------------------------------------------------------------------

    def _get_item(self, task: Task) -> None:
        tensors, index, shape = task.inputs
        version = self._version(tensors)
        if version.root is None or any(change.is_sum for change in version.changes):
            raise CannotCompile("reading from a list that was just made or added to")
        writer, root, (slot,) = self._writer, version.root, task.outputs
        form = self._forms[root]
        writer.fail_if(f"v{index} < 0 or v{index} >= {version.length}")
        dims = writer.value(shape)
        if dims.ndim == 0 or (dims < 0).any():  # what was not written is zeros of this shape
            writer.fail_if(f"not M{root}[v{index}]")
        if slot < 0:
            return
        if form.shape == ():
            writer.add(f"v{slot} = L{root}[v{index}]")
        else:
            writer.add(f"r{slot} = L{root}[v{index}]")
            item = contiguous(f"r{slot}", form.shape)
            if self._carried[root]:  # it may be overwritten when the iteration ends
                writer.copy(writer.output(slot), item)
            else:
                writer.places[slot] = item
        for change in version.changes:
            self._see(change, slot, index)

    def _see(self, change: _Change, slot: int, index: int) -> None:
        """Let an item that was read be the new one, if that is the one."""
        writer = self._writer
        writer.add(f"if v{index} == {change.index}:")
        with writer.indented():
            if writer.is_scalar(slot):
                writer.add(f"v{slot} = v{change.slot}")
            else:
                writer.copy(writer.output(slot), writer.place(change.slot))

    def _set_item(self, task: Task) -> None:
        tensors, index, item = task.inputs
        version = self._version(tensors)
        self._writer.fail_if(f"v{index} < 0 or v{index} >= {version.length}")
        self._check_item(version, item)
        change = _Change(f"v{index}", item)
        self._versions[task.outputs[0]] = replace(version, changes=(*version.changes, change))

    def _check_item(self, version: _Version, item: int) -> None:
        if version.root is None:
            return
        if not self._carried[version.root]:
            raise CannotCompile("a list that is not carried changes")
        if self._writer.form(item) != self._forms[version.root]:
            raise CannotCompile("items of several shapes")

    def _push_back(self, task: Task) -> None:
        tensors, item = task.inputs
        version = self._version(tensors)
        self._check_item(version, item)
        index = version.length
        self._resized(task.outputs[0], version, f"{index} + 1")
        made = self._versions[task.outputs[0]]
        change = _Change(f"({index})", item)
        self._versions[task.outputs[0]] = replace(made, changes=(*made.changes, change))

    def _resize(self, task: Task) -> None:
        tensors, size = task.inputs
        version = self._version(tensors)
        self._writer.fail_if(f"v{size} < 0")
        if version.length != f"n{version.root}":  # only the first change may make it shorter
            self._writer.fail_if(f"v{size} < {version.length}")
        self._resized(task.outputs[0], version, f"np.int64(v{size})")

    def _resized(self, slot: int, version: _Version, length: str) -> None:
        root, writer = version.root, self._writer
        if root is None or not self._carried[root]:
            raise CannotCompile("another list than a carried one gets longer")
        writer.can_fail = True
        writer.add(f"m{slot} = {length}")
        writer.add(f"if m{slot} > len(M{root}):")
        with writer.indented():
            writer.add(f"status = {GROW + root}")
            writer.add("break")
        self._versions[slot] = replace(version, length=f"m{slot}")

    def _reserve(self, task: Task) -> None:
        self._versions[task.outputs[0]] = _Version(None, f"v{task.inputs[1]}")

    def _length(self, task: Task) -> None:
        version = self._version(task.inputs[0])
        self._writer.add(f"v{task.outputs[0]} = np.int32({version.length})")

    def _sum(self, slots: Sequence[int]) -> _Version:
        """Add lists, all but one of which are new ones with some items."""
        versions = [self._version(slot) for slot in slots]
        versions.sort(key=lambda version: version.root is None)
        base, *others = versions
        for other in others:
            if other.root is not None:
                raise CannotCompile("a sum of lists")
            self._writer.fail_if(f"{base.length} != {other.length}")
            for change in other.changes:
                self._check_item(base, change.slot)
            added = [replace(change, is_sum=True) for change in other.changes]
            base = replace(base, changes=(*base.changes, *added))
        return base


_TYPES = {
    "TensorListGetItem": Lists._get_item,
    "TensorListLength": Lists._length,
    "TensorListPushBack": Lists._push_back,
    "TensorListReserve": Lists._reserve,
    "TensorListResize": Lists._resize,
    "TensorListSetItem": Lists._set_item,
}
