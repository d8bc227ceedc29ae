"""Put into the user's language, and in the window's own words, what the rooms below say in English."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from g4g_plugin.core.words import QT_TRANSLATE_NOOP, Words, tr

__all__ = ["QT_TRANSLATE_NOOP", "Words", "say"]
# How each thing a person can do (core/words.py: PHRASES) is done in the window.
PHRASES = {
    "adapt_again": tr("adapt to the shot again"),
    "check_machine": tr("check this machine (F2)"),
    "choose_codec": tr("choose another codec in the inspector"),
    "choose_device": tr("choose the device auto or cpu in the settings"),
    "choose_device_cpu": tr("choose the device cpu in the settings"),
    "choose_engine": tr("choose another engine in the inspector"),
    "choose_fit": tr("choose the fit “{fit}”"),
    "choose_folder": tr("choose another folder"),
    "choose_native": tr("choose the renderer native in the inspector"),
    "choose_weights": tr("choose other weights in the inspector"),
    "dub_anyway": tr("set a range of its frames to be dubbed anyway"),
    "give_rate": tr("export OpenTimelineIO instead"),
    "give_take": tr("drop an audio file on the clip"),
    "name_sequence": tr("keep one timeline in the file"),
    "list_clips": tr("look at the page of clips"),
    "undo_adaptation": tr("dub without the adaptation"),
    "wait": tr("wait until it is finished"),
}
# What the system and the libraries say behind a colon of ours. Whatever else they say is passed on
# in English.
SYSTEM_ERRORS = (
    tr("bad file descriptor"),
    tr("no space left on device"),
    tr("permission denied"),
    tr("read-only file system"),
    tr("no such file or directory"),
    tr("not a directory"),
    tr("is a directory"),
    tr("file exists"),
    tr("file name too long"),
    tr("file too large"),
    tr("disk quota exceeded"),
    tr("input/output error"),
    tr("operation not permitted"),
    tr("too many open files"),
    tr("cannot allocate memory"),
    tr("stale file handle"),
    tr("host is down"),
    tr("text file busy"),
    tr("device or resource busy"),
    tr("invalid data found when processing input"),
    tr("end of file"),
    tr("protocol not found"),
    tr("database is locked"),
    tr("database or disk is full"),
    tr("database disk image is malformed"),
    tr("unable to open database file"),
    tr("attempt to write a readonly database"),
    tr("file is not a database"),
    tr("disk I/O error"),
)


def say(text: str) -> str:
    """Return a sentence in the user's language; text that nobody has translated stays as it is."""
    words = text if isinstance(text, Words) else Words(text)
    return words.worded(PHRASES, QCoreApplication.translate)
