"""What a model is called for."""

from __future__ import annotations


class ModeKeys:
    """Names of what a model is called for.

    Attributes:
      TRAIN: to learn.
      EVAL: to be measured.
      INFER: to answer.
    """

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"
