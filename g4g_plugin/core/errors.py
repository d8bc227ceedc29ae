"""What can go wrong that a person can put right.

    Exception
      G4GError            message + hint, the shot it concerns
        TimelineError     the edit cannot be read or written
        MediaError        a plate cannot be opened or decoded
        TakeError         the new line cannot be used
        FaceError         no mouth to move
        EngineError       the engine or its weights
        CompositeError    patch and plate do not fit together
        DeliverError      the comp cannot be written
        FarmError         a job cannot be queued, run or resumed
    BaseException
      Cancelled           the user said stop; no error
Anything else that is raised is a bug of ours.
"""

from __future__ import annotations


class G4GError(Exception):
    """Something a person can put right: one sentence, and a hint that says how."""

    def __init__(self, message: str, hint: str = "", shot: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.shot = shot

    def __reduce__(self) -> tuple[type, tuple[str, str, str | None]]:
        return type(self), (self.message, self.hint, self.shot)


class TimelineError(G4GError):
    """The edit cannot be read or written."""


class MediaError(G4GError):
    """A plate cannot be opened or decoded."""


class TakeError(G4GError):
    """The new line cannot be used."""


class FaceError(G4GError):
    """No mouth to move."""


class EngineError(G4GError):
    """The engine or its weights."""


class CompositeError(G4GError):
    """Patch and plate do not fit together."""


class DeliverError(G4GError):
    """The comp cannot be written."""


class FarmError(G4GError):
    """A job cannot be queued, run or resumed."""


class Cancelled(BaseException):
    """The user said stop. Not an error: nothing is broken and nothing is lost."""
