"""`tf.keras.utils`: functions of numpy arrays that programs prepare their data with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def to_categorical(
    y: Any, num_classes: int | None = None, dtype: Any = "float32"
) -> npt.NDArray[Any]:
    """Return classes as vectors of zeros with a single one.

    Args:
      y: integers [...] or [..., 1], from 0.
      num_classes: the length of the vectors; by default one more than the largest class.
      dtype: the dtype of the result.

    Returns:
      An array [..., num_classes].

    Raises:
      ValueError: a class is negative or not below `num_classes`.

    >>> to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    classes = np.array(y, dtype=np.int64)
    shape = classes.shape
    if shape and shape[-1] == 1 and len(shape) > 1:
        shape = shape[:-1]
    flat = classes.ravel()
    count = int(num_classes or (flat.max() + 1 if flat.size else 0))
    if flat.size and not 0 <= flat.min() <= flat.max() < count:
        raise ValueError(f"classes must be from 0 to {count - 1}, not {flat.min()} to {flat.max()}")
    result = np.zeros((flat.size, count), dtype)
    result[np.arange(flat.size), flat] = 1
    return result.reshape((*shape, count))


def normalize(x: Any, axis: int = -1, order: int = 2) -> npt.NDArray[Any]:
    """Scale vectors to length 1; those of zeros stay.

    Args:
      x: numbers [...].
      axis: the axis of the vectors.
      order: of the norm: 2 for the Euclidean one.

    Returns:
      An array like `x`.

    >>> normalize([[3.0, 4.0], [0.0, 0.0]]).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    array = np.asarray(x)
    norms = np.atleast_1d(np.linalg.norm(array, order, axis))
    norms[norms == 0] = 1
    result: npt.NDArray[Any] = array / np.expand_dims(norms, axis)
    return result
