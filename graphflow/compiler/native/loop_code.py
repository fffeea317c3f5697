"""What a compiled loop is made of, and how its function is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphflow.compiler.memory import Form
from graphflow.compiler.native.place import Place
from graphflow.compiler.native.writer import Task
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec

# What the function returns: the condition does not hold any more, or as many iterations were run as
# it was told.  FAILED (writer.py) and GROW (lists.py) stand beside the statements that
# return them, and GROW comes with the number of the list.
DONE, STOPPED = 0, 1
# What is at which index of its first argument: how many iterations were run, how many to run, then
# the length of each list.
COUNT, STOP, LENGTHS = 0, 1, 2


@dataclass
class LoopBody:
    """What a loop computes, with all shapes known.

    Attributes:
      test: the steps of the condition.
      holds: the slot of what they find.
      tasks: the steps of the body.
      specs: for each slot what is known of its value.
      values: of the slots that shapes and constants determine.
      inputs: the slots of loop variables, captured tensors, and consumed items.
      variables: how many of these are loop variables.
      consumed: how many are consumed items.
      results: the slots of the new loop variables, then of the items to save.
      items: for each input that is a list the form of its items.
    """

    test: list[Task]
    holds: int
    tasks: list[Task]
    specs: dict[int, TensorSpec]
    values: dict[int, Array]
    inputs: list[int]
    variables: int
    consumed: int
    results: list[int]
    items: dict[int, Form]


@dataclass
class LoopCode:
    """A compiled loop's source, and what its function takes.

    The arguments are an array of int64 (see `COUNT`), the arenas, the arrays that are read where
    they are, the saved items, the consumed ones, then two arrays for each list.

    Attributes:
      source: the text of a module with the function `run`.
      examples: arguments of the types that it takes.
      arenas: the number of elements in the arena of each dtype.
      constants: places with what is in them.
      entering: the positions of the inputs that are put in a place, with the place.
      direct: the positions of the arrays that are read where they are.
      leaving: the loop variables that change, with their places.
      saved: the form of the items to save.
      consumed: which of the consumed lists are read, with the form of their items.
      lists: the positions of the inputs that are lists, with the form of their items.
      carried: those among them that change.
      work: how many operations on numbers an iteration takes, about.
    """

    source: str
    examples: tuple[Any, ...]
    arenas: dict[str, int]
    constants: list[tuple[Place, Array]]
    entering: list[tuple[int, Place]] = field(default_factory=list)
    direct: list[int] = field(default_factory=list)
    leaving: list[tuple[int, Place]] = field(default_factory=list)
    saved: list[Form] = field(default_factory=list)
    consumed: list[tuple[int, Form]] = field(default_factory=list)
    lists: list[tuple[int, Form]] = field(default_factory=list)
    carried: frozenset[int] = frozenset()
    work: int = 0
