"""HTML pages of one file: no network, no other file, every word from outside escaped."""
