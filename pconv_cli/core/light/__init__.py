"""What the default fill computes, in NumPy and OpenCV alone: where importing torch would take longer than the fill."""
