"""``pconv train``: the command, and what it shows as a run goes."""
