"""``pconv eval``: the command, what is asked of it, what it runs and what it shows."""
