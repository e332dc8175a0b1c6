"""DeepFill v1, the network of contextual attention."""
