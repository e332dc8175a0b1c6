"""What came of a run, and its page."""
