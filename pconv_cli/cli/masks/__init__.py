"""``pconv masks``: the group of its commands (`group.py`), each in a file of its own."""
