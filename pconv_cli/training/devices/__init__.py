"""What a run computes on: processes that learn as one, the layout in memory, the machine tuned for its length."""
