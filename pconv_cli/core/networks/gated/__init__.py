"""DeepFill v2, the network of gated convolutions."""
