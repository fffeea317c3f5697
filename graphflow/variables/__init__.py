"""Variables: values that a session keeps between runs, their scopes and initial values."""
