"""`tensorflow.python.ops.variable_scope`."""

from __future__ import annotations

from graphflow.variables.base import Variable
from graphflow.variables.scope import variable_scope

# Here a variable scope that opens no name scope is one with an argument.
_pure_variable_scope = variable_scope
variable = Variable
