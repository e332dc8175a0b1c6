"""Holes of which every pixel has a known one near: specks, thin holes, and those among scattered specks."""
