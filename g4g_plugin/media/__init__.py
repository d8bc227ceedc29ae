"""Plate and take come in: what a file is (probe), its frames by number (plate), the line to be
heard (take).
"""
