"""Filling the holes of pictures: the methods behind one protocol, big pictures by tiles, and whole folders."""
