"""Execution of plans: state, threads, the executor."""
