"""Lines that holes interrupt, joined across them."""
