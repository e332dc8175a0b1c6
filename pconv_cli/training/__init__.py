"""Training: batches that are a pure function of seed and step, the trainer, its resumable state."""
