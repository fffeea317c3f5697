"""Queues, the threads that fill them, and batches from them."""
