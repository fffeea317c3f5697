"""`tf.keras.callbacks`: the base class, which does nothing at each moment of a training."""

from __future__ import annotations

from typing import Any


class Callback:
    """Base of objects that a Keras model calls while it trains; there are no models here.

    Attributes:
      params: what `set_params` was given.
      model: what `set_model` was given.
    """

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self.params: Any = None

    def set_params(self, params: Any) -> None:
        """Keep the parameters of a training.

        Args:
          params: the parameters.
        """
        self.params = params

    def set_model(self, model: Any) -> None:
        """Keep the model.

        Args:
          model: the model.
        """
        self.model = model

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Do nothing before a batch.

        Args:
          batch: its number.
          logs: values by name.
        """

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Do nothing after a batch.

        Args:
          batch: its number.
          logs: values by name.
        """

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Do nothing before an epoch.

        Args:
          epoch: its number.
          logs: values by name.
        """

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Do nothing after an epoch.

        Args:
          epoch: its number.
          logs: values by name.
        """

    def on_train_begin(self, logs: Any = None) -> None:
        """Do nothing before the training.

        Args:
          logs: values by name.
        """

    def on_train_end(self, logs: Any = None) -> None:
        """Do nothing after the training.

        Args:
          logs: values by name.
        """
