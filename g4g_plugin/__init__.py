"""G4G Dub: put a replacement line in the mouth of any shot of any timeline, locally."""

__version__ = "0.2.0"
