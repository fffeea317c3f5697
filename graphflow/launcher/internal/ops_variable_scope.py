"""`tensorflow.python.ops.variable_scope`."""

from __future__ import annotations

from graphflow.variables.base import Variable
from graphflow.variables.creators import SCOPE_STORE_KEY
from graphflow.variables.scope import VARIABLE_STORE_KEY, pure_variable_scope

_pure_variable_scope = pure_variable_scope
variable = Variable
# The collections of a graph that hold its variables by name, and the current scope.
_VARSTORE_KEY = VARIABLE_STORE_KEY
_VARSCOPESTORE_KEY = SCOPE_STORE_KEY
