"""`tf.contrib.learn.preprocessing.text`."""

from __future__ import annotations

from graphflow.contrib.learn.text import (
    TOKENIZER_RE as TOKENIZER_RE,
    ByteProcessor as ByteProcessor,
    VocabularyProcessor as VocabularyProcessor,
    tokenizer as tokenizer,
)
from graphflow.contrib.learn.vocabulary import CategoricalVocabulary as CategoricalVocabulary
