"""Inputs of nodes, as a `NodeDef` writes them."""

from __future__ import annotations

from typing import NamedTuple

from graphflow.core.graph import Operation

# The outputs of the ops of TensorFlow's own control flow, which have no classes here.
_SEVERAL_OUTPUTS = {"output_false": 0, "output_true": 1, "value_index": 1}


class Input(NamedTuple):
    """One input of a node: an output of another node, or (output -1) the node as control input.

    Attributes:
      node: the name of the other node.
      output: the number of its output, or within the list of outputs that `list` names.
      list: in functions: the declared name of the output.
    """

    node: str
    output: int
    list: str = ""

    @classmethod
    def parse(cls, text: str) -> Input:
        """Read "x", "x:1", "^x", or, as functions write it, "x:output:1".

        >>> Input.parse("x"), Input.parse("^x")
        (Input(node='x', output=0, list=''), Input(node='x', output=-1, list=''))
        >>> Input.parse("a/x:y:2")
        Input(node='a/x', output=2, list='y')
        """
        if text.startswith("^"):
            return cls(text[1:], -1)
        node, colon, index = text.rpartition(":")
        if not colon or not index.isdigit():
            return cls(text, 0)
        node, _, output = node.partition(":")
        if output in _SEVERAL_OUTPUTS:
            return cls(node, _SEVERAL_OUTPUTS[output])
        if output == "output":  # wherever an op has an output of this name, it is the first
            output = ""
        return cls(node, int(index), output)

    @property
    def is_control(self) -> bool:
        """Whether it only says what must run before."""
        return self.output < 0

    def position_in(self, operation: Operation) -> int:
        """Return the position among an operation's outputs.

        Raises:
          ValueError: the operation has no output of that name.
          NotImplementedError: it has several lists of outputs.
        """
        names = operation.op.output_names()
        if not self.list or len(names) == 1:
            return self.output
        if self.list not in names:
            raise ValueError(f"its input {self} does not exist: the outputs are {', '.join(names)}")
        if len(names) == len(operation.outputs):
            return names.index(self.list)
        raise NotImplementedError(
            f"its input {self} is in one of several lists of outputs, whose lengths the op "
            f"{operation.type} does not declare"
        )

    def __str__(self) -> str:
        if self.is_control:
            return f"^{self.node}"
        return ":".join(filter(None, (self.node, self.list, str(self.output))))
