"""Tables."""

from __future__ import annotations

from graphflow.api import lookup_experimental as experimental
from graphflow.tables.initializers import (
    KeyValueTensorInitializer as KeyValueTensorInitializer,
    TextFileIndex as TextFileIndex,
    TextFileInitializer as TextFileInitializer,
)
from graphflow.tables.static import (
    StaticHashTable as StaticHashTable,
    StaticVocabularyTable as StaticVocabularyTable,
)
