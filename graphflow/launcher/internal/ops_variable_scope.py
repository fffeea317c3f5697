"""`tensorflow.python.ops.variable_scope`."""

from __future__ import annotations

from graphflow.variables.base import Variable
from graphflow.variables.creators import SCOPE_STORE_KEY
from graphflow.variables.scope import VARIABLE_STORE_KEY, variable_scope

# Here a variable scope that opens no name scope is one with an argument.
_pure_variable_scope = variable_scope
variable = Variable
# The collections of a graph that hold its variables by name, and the current scope.
_VARSTORE_KEY = VARIABLE_STORE_KEY
_VARSCOPESTORE_KEY = SCOPE_STORE_KEY
