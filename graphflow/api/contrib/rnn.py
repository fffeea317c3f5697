"""`tf.contrib.rnn`: recurrent nets."""

from __future__ import annotations

from graphflow.contrib.rnn.attention import AttentionCellWrapper as AttentionCellWrapper
from graphflow.contrib.rnn.block_cells import (
    GRUBlockCell as GRUBlockCell,
    GRUBlockCellV2 as GRUBlockCellV2,
    LSTMBlockCell as LSTMBlockCell,
)
from graphflow.contrib.rnn.cells import (
    Conv1DLSTMCell as Conv1DLSTMCell,
    Conv2DLSTMCell as Conv2DLSTMCell,
    Conv3DLSTMCell as Conv3DLSTMCell,
    ConvLSTMCell as ConvLSTMCell,
    LayerNormBasicLSTMCell as LayerNormBasicLSTMCell,
    NASCell as NASCell,
    UGRNNCell as UGRNNCell,
)
from graphflow.contrib.rnn.coupled import (
    CoupledInputForgetGateLSTMCell as CoupledInputForgetGateLSTMCell,
)
from graphflow.contrib.rnn.fused import (
    FusedRNNCell as FusedRNNCell,
    FusedRNNCellAdaptor as FusedRNNCellAdaptor,
    LSTMBlockFusedCell as LSTMBlockFusedCell,
    LSTMBlockWrapper as LSTMBlockWrapper,
    TimeReversedFusedRNN as TimeReversedFusedRNN,
)
from graphflow.contrib.rnn.stacks import (
    stack_bidirectional_dynamic_rnn as stack_bidirectional_dynamic_rnn,
    stack_bidirectional_rnn as stack_bidirectional_rnn,
)
from graphflow.contrib.rnn.wrappers import (
    CompiledWrapper as CompiledWrapper,
    EmbeddingWrapper as EmbeddingWrapper,
    HighwayWrapper as HighwayWrapper,
    InputProjectionWrapper as InputProjectionWrapper,
    OutputProjectionWrapper as OutputProjectionWrapper,
)
from graphflow.recurrent.basic_cells import (
    BasicLSTMCell as BasicLSTMCell,
    BasicRNNCell as BasicRNNCell,
    GRUCell as GRUCell,
    LSTMCell as LSTMCell,
    LSTMStateTuple as LSTMStateTuple,
)
from graphflow.recurrent.cell import LayerRNNCell as LayerRNNCell, RNNCell as RNNCell
from graphflow.recurrent.dynamic import transpose_batch_time as transpose_batch_time
from graphflow.recurrent.static import (
    static_bidirectional_rnn as static_bidirectional_rnn,
    static_rnn as static_rnn,
    static_state_saving_rnn as static_state_saving_rnn,
)
from graphflow.recurrent.wrappers import (
    DeviceWrapper as DeviceWrapper,
    DropoutWrapper as DropoutWrapper,
    MultiRNNCell as MultiRNNCell,
    ResidualWrapper as ResidualWrapper,
)
