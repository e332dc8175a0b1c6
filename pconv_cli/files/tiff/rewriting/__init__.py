"""TIFF files of any size written again, with some tiles or strips changed."""
