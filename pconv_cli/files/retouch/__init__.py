"""Files that show a retouch: as a layer of its own, and in a display copy."""
