"""The condition of an image by its mask: separate losses, measured and sorted into classes."""
