"""Arrays of tables of pandas, for estimators of `tf.contrib.learn`."""

from __future__ import annotations

from typing import Any

import numpy as np


def _is_table(data: Any) -> bool:
    return hasattr(data, "dtypes") and hasattr(data, "columns")


def extract_pandas_data(data: Any) -> Any:
    """Return the numbers of a table as an array; anything else as it is.

    Args:
      data: a `pandas.DataFrame`, or something else.

    Raises:
      ValueError: a column holds no numbers.

    >>> import pandas as pd
    >>> extract_pandas_data(pd.DataFrame({"a": [1, 2], "b": [3.5, 4.5]})).tolist()
    [[1.0, 3.5], [2.0, 4.5]]
    """
    if not _is_table(data):
        return data
    wrong = [name for name in data.columns if getattr(data[name].dtype, "kind", "O") not in "iufb"]
    if wrong:
        raise ValueError(f"the columns {wrong} hold no numbers")
    return data.to_numpy(dtype=np.float64)


def extract_pandas_matrix(data: Any) -> Any:
    """Return the values of a table as an array; anything else as it is.

    Args:
      data: a `pandas.DataFrame`, or something else.
    """
    return data.to_numpy() if _is_table(data) else data


def extract_pandas_labels(labels: Any) -> Any:
    """Return the labels of a table of one column, or a series, as an array.

    Args:
      labels: a `pandas.DataFrame` or `Series`, or something else, which is returned as it is.

    Raises:
      ValueError: the table has several columns, or the labels are no numbers.
    """
    if _is_table(labels):
        if len(labels.columns) > 1:
            raise ValueError(f"labels have one column, not {list(labels.columns)}")
        return extract_pandas_data(labels)
    return labels.to_numpy() if hasattr(labels, "to_numpy") else labels
