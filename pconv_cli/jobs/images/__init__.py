"""An image of a run: opened once, whole or in windows, and handed on until its restored file is there."""
