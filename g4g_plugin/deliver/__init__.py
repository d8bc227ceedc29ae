"""The comp goes out: what a codec holds (recipes), its pictures in segments (segments), joined with
their sound (movie), named together with their label (delivery); encode is the short way.
"""
