"""Finding, pairing, reading and writing of images and masks; the only room that decodes and encodes them."""
