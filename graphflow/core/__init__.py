"""The foundation: dtypes, shapes, errors, ops, graphs and gradients."""
