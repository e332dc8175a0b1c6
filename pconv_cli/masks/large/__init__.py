"""Images and masks of any size, one window after another."""
