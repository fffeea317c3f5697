"""What of `tf.keras` needs no models: activations, initializers, regularizers, constraints.

Layers take all of these by name too. Models are out of scope.
"""
