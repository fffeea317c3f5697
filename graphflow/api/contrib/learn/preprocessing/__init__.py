"""`tf.contrib.learn.preprocessing`."""

from __future__ import annotations

from graphflow.api.contrib.learn.preprocessing import text as text
from graphflow.contrib.learn.text import (
    ByteProcessor as ByteProcessor,
    VocabularyProcessor as VocabularyProcessor,
)
from graphflow.contrib.learn.vocabulary import CategoricalVocabulary as CategoricalVocabulary
