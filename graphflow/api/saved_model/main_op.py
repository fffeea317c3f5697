"""`tf.saved_model.main_op`: what to run when a model has been loaded."""

from __future__ import annotations

from graphflow.saved_model.main_op import (
    main_op as main_op,
    main_op_with_restore as main_op_with_restore,
)
