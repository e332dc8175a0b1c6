"""Readers of annotation files, one a format; `pconv_cli.masks.annotations.formats` lists them."""
