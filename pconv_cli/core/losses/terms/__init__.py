"""The terms, a file each, named as the term: a file put here is found, and its ``TERM`` belongs to the loss."""
