"""Texts as rows of numbers."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from graphflow.contrib.learn.vocabulary import CategoricalVocabulary
from graphflow.core.compat import as_bytes
from graphflow.files.gfile import GFile

Tokenizer: TypeAlias = Callable[[Iterable[str]], Iterable[Iterable[str]]]

# Capitals alone, a capitalized part of a word such as the "Data" of "DataSet", or a word.
TOKENIZER_RE = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+")


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """Yield the words of each text.

    Args:
      iterator: texts.

    >>> list(tokenizer(["To be, or not-to-be?", "a DataSet of NASA's"]))
    [['To', 'be', 'or', 'not-to-be'], ['a', 'Data', 'Set', 'of', 'NASA', "'s"]]
    """
    for text in iterator:
        yield TOKENIZER_RE.findall(text)


class VocabularyProcessor:
    """Turns texts into rows of numbers of their words.

    Args:
      max_document_length: the length of a row: longer texts are cut, shorter ones end in zeros.
      min_frequency: words met so many times or less are unknown, number 0.
      vocabulary: the vocabulary to use; a new one by default.
      tokenizer_fn: takes texts and yields lists of words.

    >>> processor = VocabularyProcessor(5)
    >>> np.array(list(processor.fit_transform(["to be or not to be", "be quick"])))
    array([[1, 2, 3, 4, 1],
           [2, 5, 0, 0, 0]])
    >>> list(processor.reverse([[5, 2]])), len(processor.vocabulary_)
    (['quick be'], 6)
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Tokenizer | None = None,
    ) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer: Tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> VocabularyProcessor:
        """Learn the words of texts.

        Args:
          raw_documents: the texts.
          unused_y: not used: there for callers that give data and targets.

        Returns:
          This object.
        """
        del unused_y
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(
        self, raw_documents: Iterable[str], unused_y: Any = None
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Learn the words of texts, and turn these into rows.

        Args:
          raw_documents: the texts, which are gone through twice.
          unused_y: not used.

        Returns:
          An iterator of rows, see `transform`.
        """
        self.fit(raw_documents, unused_y)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[npt.NDArray[np.int64]]:
        """Yield a row for each text, int64 [max_document_length].

        Args:
          raw_documents: the texts.
        """
        for tokens in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            kept = islice(tokens, self.max_document_length)
            numbers = [self.vocabulary_.get(token) for token in kept]
            row[: len(numbers)] = numbers
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yield the words of rows, with blanks between them.

        Args:
          documents: rows of numbers.
        """
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in row)

    def save(self, filename: Any) -> None:
        """Write this object to a file.

        Args:
          filename: the file.
        """
        with GFile(filename, "wb") as file:
            file.write(pickle.dumps(self))

    @classmethod
    def restore(cls, filename: Any) -> VocabularyProcessor:
        """Return the object that `save` has written.

        The file is a pickle, which can run any code: read only files that you trust.

        Args:
          filename: the file.

        Raises:
          TypeError: the file has something else.
        """
        with GFile(filename, "rb") as file:
            found = pickle.loads(file.read())
        if not isinstance(found, cls):
            raise TypeError(f"{filename} holds no {cls.__name__}, but {type(found).__name__}")
        return found


class ByteProcessor:
    """Turns texts into rows of their UTF-8 bytes.

    Args:
      max_document_length: the length of a row: longer texts are cut, shorter ones end in zeros.

    >>> processor = ByteProcessor(4)
    >>> rows = list(processor.transform(["hi", "naïve"]))
    >>> rows[0], list(processor.reverse(rows))
    (array([104, 105,   0,   0], dtype=uint8), ['hi', 'naï'])
    """

    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> None:
        """Do nothing: there is nothing to learn.

        Args:
          x: texts.
        """

    def fit_transform(self, x: Iterable[str | bytes]) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield a row for each text.

        Args:
          x: the texts.
        """
        return self.transform(x)

    def transform(self, x: Iterable[str | bytes]) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield a row for each text, uint8 [max_document_length].

        Args:
          x: the texts; strings are encoded as UTF-8.
        """
        for document in x:
            row = np.zeros(self.max_document_length, np.uint8)
            data = as_bytes(document)[: self.max_document_length]
            row[: len(data)] = np.frombuffer(data, np.uint8)
            yield row

    def reverse(self, x: Iterable[npt.NDArray[Any]]) -> Iterator[str]:
        """Yield the texts of rows; the empty text for what is no UTF-8.

        Args:
          x: rows of bytes.
        """
        for row in x:
            data = np.asarray(row).astype(np.uint8).tobytes().rstrip(b"\0")
            try:
                yield data.decode("utf-8")
            except UnicodeDecodeError:
                yield ""
