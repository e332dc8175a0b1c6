"""Several fills of each image, to choose from."""
