"""`tf.nn.rnn_cell`: cells of recurrent nets."""

from __future__ import annotations

from graphflow.recurrent.basic_cells import (
    BasicLSTMCell as BasicLSTMCell,
    BasicRNNCell as BasicRNNCell,
    GRUCell as GRUCell,
    LSTMCell as LSTMCell,
    LSTMStateTuple as LSTMStateTuple,
)
from graphflow.recurrent.cell import RNNCell as RNNCell
from graphflow.recurrent.wrappers import (
    DeviceWrapper as DeviceWrapper,
    DropoutWrapper as DropoutWrapper,
    MultiRNNCell as MultiRNNCell,
    ResidualWrapper as ResidualWrapper,
)
