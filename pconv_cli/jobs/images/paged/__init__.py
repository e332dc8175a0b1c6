"""TIFFs of several pages, and pyramids: one page filled after another, its levels made of it."""
