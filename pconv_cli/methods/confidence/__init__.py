"""How sure a fill is: the probability that its error is small, pixel by pixel."""
