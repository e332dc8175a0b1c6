"""How a hole is filled: one protocol, the methods behind it, and images of any size."""
