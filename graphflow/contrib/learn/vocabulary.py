"""Categories as numbers."""

from __future__ import annotations

from collections import defaultdict
from typing import Any


class CategoricalVocabulary:
    """Numbers categories, such as words, in the order in which they are met; 0 is all unknown ones.

    Args:
      unknown_token: what number 0 is called.
      support_reverse: whether `reverse` is wanted.

    >>> words = CategoricalVocabulary()
    >>> [words.get(word) for word in ["to", "be", "to"]]
    [1, 2, 1]
    >>> words.freeze()
    >>> words.get("or"), words.reverse(2), len(words)
    (0, 'be', 3)
    """

    # The attributes have the names that they have in files which `VocabularyProcessor.save` of
    # TensorFlow wrote.

    def __init__(self, unknown_token: Any = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown_token = unknown_token
        self._support_reverse = support_reverse
        self._mapping: dict[Any, int] = {unknown_token: 0}
        self._reverse_mapping: list[Any] = [unknown_token]
        self._freq: dict[Any, int] = defaultdict(int)
        self._freeze = False

    def __len__(self) -> int:
        """Return how many numbers there are, with that of the unknown."""
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Let new categories be unknown.

        Args:
          freeze: False to number them again.
        """
        self._freeze = freeze

    def get(self, category: Any) -> int:
        """Return the number of a category; a new one gets the next number.

        Args:
          category: a string or integer.
        """
        if category in self._mapping:
            return self._mapping[category]
        return 0 if self._freeze else self._appended(category)

    def _appended(self, category: Any) -> int:
        number = len(self._mapping)
        self._mapping[category] = number
        if self._support_reverse:
            self._reverse_mapping.append(category)
        return number

    def add(self, category: Any, count: int = 1) -> None:
        """Count a category.

        Args:
          category: a string or integer.
          count: how many times it was met.
        """
        if self.get(category) > 0:
            self._freq[category] = self._freq.get(category, 0) + count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Forget rare and common categories, and number the others anew, frequent ones first.

        Args:
          min_frequency: categories met so many times or less are forgotten.
          max_frequency: those met so many times or more as well, if it is positive.

        >>> words = CategoricalVocabulary()
        >>> for word, count in {"a": 9, "b": 1, "c": 4, "d": 6}.items():
        ...     words.add(word, count)
        >>> words.trim(2, 8)
        >>> [words.reverse(number) for number in range(len(words))]
        ['<UNK>', 'd', 'c']
        """
        by_name = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        by_count = sorted(by_name, key=lambda item: item[1], reverse=True)
        self._mapping = {self._unknown_token: 0}
        self._reverse_mapping = [self._unknown_token]
        self._freq = defaultdict(int)
        for category, count in by_count:
            if count > min_frequency and not 0 < max_frequency <= count:
                self._appended(category)
                self._freq[category] = count

    def reverse(self, class_id: int) -> Any:
        """Return the category of a number.

        Args:
          class_id: the number.

        Raises:
          ValueError: the vocabulary was made without this.
        """
        if not self._support_reverse:
            raise ValueError("this vocabulary was made with support_reverse=False")
        return self._reverse_mapping[class_id]
