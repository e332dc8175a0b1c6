"""``pconv inpaint``: the command, what it runs and what it shows."""
