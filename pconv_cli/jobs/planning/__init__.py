"""What is going to be done: which images, by which options each, and where their outputs go."""
