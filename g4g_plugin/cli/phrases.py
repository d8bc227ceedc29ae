"""How each thing a person can do (core/words.py: PHRASES) is done in the shell."""

from __future__ import annotations

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.words import Words

PHRASES = {
    "adapt_again": "run `g4g adapt` again",
    "check_machine": "look at `g4g doctor`",
    "choose_codec": "deliver in another codec with --deliver",
    "choose_device": "use --device auto or cpu",
    "choose_device_cpu": "use --device cpu",
    "choose_engine": "choose another with --engine",
    "choose_fit": "allow it with --fit {fit}",
    "choose_folder": "choose another folder with --out",
    "choose_native": "use --renderer native",
    "choose_weights": "give other weights with --weights",
    "dub_anyway": "dub its frames with --range FIRST-LAST:anyway",
    "give_rate": "give --rate",
    "give_take": "give an audio file with --audio",
    "name_sequence": "name it with --sequence NAME",
    "list_clips": "look at `g4g shots`",
    "undo_adaptation": "dub without --adapt",
    "wait": "wait for it with --wait",
}


def said(text: str) -> str:
    """Return a sentence of the rooms below in the shell's own words."""
    words = text if isinstance(text, Words) else Words(text)
    return words.worded(PHRASES)


def sentence(error: G4GError) -> str:
    """Return what went wrong, and on a line of its own how to put it right."""
    hint = error.hint.worded(PHRASES)
    return error.message.worded(PHRASES) + (f"\n     {hint}" if hint else "")
