"""The inner loops of completion by patches: compiled at the first import, and taken from numba's cache later on.

numba and these loops take most of a second to load, so they are imported by the functions that run them.

Maps are flat. Nothing here is random but for the seed, and no two calls write to the same place: parts of one pass can
run in threads, in any order, with the same result.
"""
