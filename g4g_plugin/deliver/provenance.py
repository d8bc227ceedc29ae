"""The label a dubbed file carries: machine-readable in the file itself, and beside it as JSON.

Hosts re-encode and drop what they do not know, so the same is said in three places: the container's
metadata, `<media>.g4g.json`, and (timeline's part) the clip's metadata. A signed C2PA manifest is
the optional extra `provenance`, with the user's own certificate.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from g4g_plugin import __version__
from g4g_plugin.core.assessment import Assessment
from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.shot import Dub, Shot

# IPTC NewsCodes: a real picture, parts of which a trained model made
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
AGENT = f"G4G Dub {__version__}"


def tags(shot: Shot, notes: Sequence[str] = ()) -> dict[str, str]:
    """Return the container metadata that marks a file as altered."""
    comment = "; ".join([f"Altered speech: made with {AGENT}", *notes])
    return {
        "comment": comment,
        "digitalSourceType": SOURCE_TYPE,
        "g4g": json.dumps(
            {"agent": AGENT, "shot": shot.id, "clip": shot.clip}, separators=(",", ":")
        ),
    }


def record(dub: Dub) -> dict[str, Any]:
    """Return what the sidecar says: what was altered, by what, from what."""
    said = dub.assessment
    verdict = {} if said is None else {"verdict": said.rating, "reasons": _reasons(said)}
    return {
        "altered": "speech: the mouth was made to follow another line",
        "digitalSourceType": SOURCE_TYPE,
        "agent": AGENT,
        "engine": dub.engine,
        "weights_sha256": dub.weights,
        **verdict,
        "dub": to_plain(dub),
    }


def _reasons(said: Assessment) -> list[str]:
    return [str(finding.words) for finding in said.findings]


def sidecar(media: Path) -> Path:
    """Return where a delivered file's label lies."""
    return media.with_name(media.name + ".g4g.json")
