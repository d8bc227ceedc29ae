"""Whether an audio clip is a picture's own sound from another recorder: the files are listened to."""

from __future__ import annotations

from fractions import Fraction

from g4g_plugin.core.decisions import Take
from g4g_plugin.media.same_sound import LISTENED_SECONDS, same_sound
from g4g_plugin.timeline.dialogue import SameSound, shown
from g4g_plugin.timeline.edit import Edit, Slot, Sound

SECONDS_BEFORE = Fraction(2)  # s listened to before the cut: recorders run on both sides of it


def own_sound(edit: Edit) -> SameSound:
    """Return what says of an edit's picture and audio clips whether both hold one sound."""

    def same(slot: Slot, sound: Sound) -> bool:
        if slot.media is None or slot.exact is None or slot.retime is not None:
            return False
        if sound.media is None or sound.start is None or not sound.media.is_file():
            return False
        begin = shown(edit, slot)[0]
        at = max(begin, sound.begin)
        zero = slot.available.first if slot.available is not None else 0
        seen = (slot.exact.first - zero) / slot.exact.rate + at - begin
        heard = sound.start + at - sound.begin
        back = max(Fraction(0), min(seen, heard, SECONDS_BEFORE))
        if seen - back < 0:
            return False
        return same_sound(
            Take(slot.media, seen - back, LISTENED_SECONDS),
            Take(sound.media, heard - back, LISTENED_SECONDS, sound.channel),
        )

    return same
