"""Sequence to sequence models: decoders, attention, beam search and a loss."""

from __future__ import annotations

from graphflow.contrib.seq2seq.attention import (
    AttentionMechanism as AttentionMechanism,
    BahdanauAttention as BahdanauAttention,
    BahdanauMonotonicAttention as BahdanauMonotonicAttention,
    LuongAttention as LuongAttention,
    LuongMonotonicAttention as LuongMonotonicAttention,
)
from graphflow.contrib.seq2seq.attention_wrapper import (
    AttentionWrapper as AttentionWrapper,
    AttentionWrapperState as AttentionWrapperState,
)
from graphflow.contrib.seq2seq.basic_decoder import (
    BasicDecoder as BasicDecoder,
    BasicDecoderOutput as BasicDecoderOutput,
)
from graphflow.contrib.seq2seq.beam_search import (
    BeamSearchDecoder as BeamSearchDecoder,
    BeamSearchDecoderOutput as BeamSearchDecoderOutput,
    BeamSearchDecoderState as BeamSearchDecoderState,
    FinalBeamSearchDecoderOutput as FinalBeamSearchDecoderOutput,
    gather_tree_from_array as gather_tree_from_array,
)
from graphflow.contrib.seq2seq.decoder import Decoder as Decoder, dynamic_decode as dynamic_decode
from graphflow.contrib.seq2seq.helpers import (
    CustomHelper as CustomHelper,
    GreedyEmbeddingHelper as GreedyEmbeddingHelper,
    Helper as Helper,
    InferenceHelper as InferenceHelper,
    SampleEmbeddingHelper as SampleEmbeddingHelper,
    ScheduledEmbeddingTrainingHelper as ScheduledEmbeddingTrainingHelper,
    ScheduledOutputTrainingHelper as ScheduledOutputTrainingHelper,
    TrainingHelper as TrainingHelper,
)
from graphflow.contrib.seq2seq.loss import sequence_loss as sequence_loss
from graphflow.contrib.seq2seq.probabilities import (
    hardmax as hardmax,
    monotonic_attention as monotonic_attention,
    safe_cumprod as safe_cumprod,
)
from graphflow.contrib.seq2seq.tiling import tile_batch as tile_batch
from graphflow.ops import gather_tree as gather_tree
