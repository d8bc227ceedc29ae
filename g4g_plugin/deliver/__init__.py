"""The comp goes out: encoded whole or not at all (encode), with its sound (sound) and its label
(provenance).
"""
