"""The command line: Typer and rich, and nothing of the mathematics."""
