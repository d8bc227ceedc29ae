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

from g4g_plugin.core.words import Words


class G4GError(Exception):
    """Something a person can put right: one sentence, and a hint that says how.

    The sentence is a pattern, the English text with named places, and its values:

        MediaError("{plate} is empty.", tr("Copy it again."), plate=path.name)

    The pattern is the key of its translation: `lupdate` finds the message by the name of the error,
    and the hint by `tr`. The face that shows it makes the sentence (core/words.py); `str(error)` is
    plain English.

    Args:
        message: what is wrong.
        hint: how to put it right.
        shot: the clip it concerns.
        values: what stands in the places of message and hint.
    """

    def __init__(
        self, message: str, hint: str = "", shot: str | None = None, **values: object
    ) -> None:
        self.message = _sentence(message, values)
        self.hint = _sentence(hint, values)
        self.shot = shot
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type, tuple[Words, Words, str | None]]:
        return type(self), (self.message, self.hint, self.shot)


def _sentence(text: str, values: dict[str, object]) -> Words:
    words = text if isinstance(text, Words) else Words(text)
    return words if words.values else words.filled(**values)


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
