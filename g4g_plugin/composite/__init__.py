"""Patch over plate, through a matte; every pixel outside it stays the plate's own."""
