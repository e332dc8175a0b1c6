"""A run's images and masks, and the batches made of them."""
