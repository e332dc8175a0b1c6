"""Finding, pairing, reading and writing of pictures and masks; the only room that decodes and encodes them."""
