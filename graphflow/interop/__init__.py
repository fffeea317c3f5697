"""Exchange with TensorFlow and other tools: GraphDef, checkpoints, SavedModel, event files."""
