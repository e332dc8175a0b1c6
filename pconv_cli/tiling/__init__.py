"""The geometry of images: rectangles, plans of windows, how windows are joined, and how images are halved.

Pure arithmetic on NumPy arrays: nothing here reads a file, calls a method, or knows what a window is filled by.
"""
