"""A blind user study (section 4.7): one local page, clips in random order, answers read back into
means and intervals.

The page holds the clips themselves and tells no method's name; the key stays in another file beside
it. Whoever takes part opens the page, rates every clip 1 (poor) to 5 (excellent) on the paper's
three questions, and saves the answers.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.files import write_json, write_whole
from g4g_plugin.core.words import tr

QUESTIONS = {"quality": "Visual quality", "sync": "Lip synchronisation", "realness": "Realness"}
MIME_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/mp4", ".m4v": "video/mp4"}
PAGE_BYTES_MOST = 200 * 2**20  # bytes of clips that one page may hold
ENCODE_HINT = tr(
    "Make each with, for instance, ffmpeg -i RESULT -c:v libx264 -pix_fmt yuv420p CLIP.mp4."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One clip of a study: the method that made it, its file."""

    method: str
    path: Path


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people say of one method on one question: mean, the 95 % interval over people, votes,
    people.
    """

    method: str
    question: str
    mean: float
    low: float
    high: float
    votes: int
    people: int


def list_entries(methods: dict[str, Path]) -> list[Entry]:
    """Return the clips of folders NAME -> DIR; every method must show the same clips, by file name.

    Raises:
        MediaError: fewer than two methods, none or different clips, or clips a browser does not
            play.
    """
    if len(methods) < 2:
        raise MediaError(
            "A study compares two methods or more.", tr("Give --method NAME=DIR at least twice.")
        )
    found = {
        name: {p.stem: p for p in sorted(d.glob("*")) if p.suffix.lower() in MIME_TYPES}
        for name, d in methods.items()
    }
    clips = [set(own) for own in found.values()]
    shared, every = set.intersection(*clips), set.union(*clips)
    if not shared or shared != every:
        odd = ", ".join(sorted(every - shared)[:5]) or "none at all"
        raise MediaError("The methods do not show the same clips: {odd}.", ENCODE_HINT, odd=odd)
    return [Entry(name, path) for name, own in found.items() for path in own.values()]


def make_study(methods: dict[str, Path], out: Path, seed: int = 0) -> Path:
    """Write out/study.html, and the key out/study-key.json, which is not for those who rate; return
    the page.

    The order of the clips is drawn anew in each browser.

    Args:
        methods: folders of result videos by name.
        out: folder.
        seed: settles the clips' blind names.

    Raises:
        MediaError: see `list_entries`; or the clips are too large for a page, or cannot be read.
    """
    entries = list_entries(methods)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(entries))
    names = {f"clip-{place + 1:03d}": entries[i] for place, i in enumerate(order)}
    try:
        if sum(entry.path.stat().st_size for entry in entries) > PAGE_BYTES_MOST:
            raise MediaError(
                "The clips are larger than {largest} MiB together.",
                tr("Cut or compress them."),
                largest=PAGE_BYTES_MOST >> 20,
            )
        clips = [{"name": name, "source": _source(entry.path)} for name, entry in names.items()]
        key = {name: {"method": e.method, "clip": e.path.stem} for name, e in names.items()}
        study = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        out.mkdir(parents=True, exist_ok=True)
        page = out / "study.html"
        write_whole(page, _page(study, clips).encode())
        write_json(out / "study-key.json", {"study": study, "clips": key})
    except OSError as err:
        raise MediaError(
            "The study cannot be made: {err}.", tr("Choose another folder with --out."), err=err
        ) from err
    return page


def _source(path: Path) -> str:
    return f"data:{MIME_TYPES[path.suffix.lower()]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _page(study: str, clips: Sequence[dict[str, str]]) -> str:
    values = {"study": study, "clips": list(clips), "questions": QUESTIONS}
    told = json.dumps(values).replace("</", "<\\/")
    return PAGE.replace("@TITLE@", html.escape(f"Study {study}")).replace("@VALUES@", told)


def read_study(key: Path, answers: Sequence[Path]) -> list[Opinion]:
    """Read the answers of several people back: one opinion for each method and question.

    Raises:
        MediaError: a file cannot be read, belongs to another study, or holds a vote outside 1 .. 5.
    """
    known = _read(key)
    votes: dict[tuple[str, str], dict[str, list[int]]] = {}
    for path in answers:
        said = _read(path)
        if said.get("study") != known.get("study"):
            raise MediaError(
                "{path} belongs to another study.",
                tr("Give the key that was made with the page."),
                path=path.name,
            )
        for name, row in said["votes"].items():
            for question in QUESTIONS:
                vote = _vote(row.get(question), path)
                if vote is not None:
                    method = known["clips"][name]["method"]
                    votes.setdefault((method, question), {}).setdefault(path.name, []).append(vote)
    order = sorted(votes, key=lambda pair: (pair[0], list(QUESTIONS).index(pair[1])))
    return [
        _opinion(method, question, list(votes[method, question].values()))
        for method, question in order
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
        if isinstance(value, dict) and ("votes" in value or "clips" in value):
            return value
    except (OSError, ValueError) as err:
        raise MediaError(
            "{path} cannot be read.", tr("It is the JSON file that the page saved."), path=path
        ) from err
    raise MediaError(
        "{path} holds no answers.", tr("It is the JSON file that the page saved."), path=path
    )


def _vote(value: Any, path: Path) -> int | None:
    if value is None:
        return None  # left open
    if value not in (1, 2, 3, 4, 5):
        raise MediaError(
            "{path} holds a vote {value!r}.",
            tr("Votes are whole numbers from 1 to 5."),
            path=path.name,
            value=value,
        )
    return int(value)


def _opinion(method: str, question: str, people: list[list[int]]) -> Opinion:
    means = np.array([np.mean(own) for own in people], np.float64)
    low, high = interval(means)
    return Opinion(
        method, question, float(means.mean()), low, high, sum(map(len, people)), len(people)
    )


def interval(means: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of the mean over people (Student's t), within 1..5; of one person
    all of 1..5.
    """
    if len(means) < 2:
        return 1.0, 5.0
    half = float(student.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means)))
    return max(1.0, float(means.mean()) - half), min(5.0, float(means.mean()) + half)


def opinions_text(opinions: Sequence[Opinion]) -> str:
    """Set opinions as a table: mean and interval for each method and question."""
    methods = list(dict.fromkeys(o.method for o in opinions))
    by = {(o.method, o.question): o for o in opinions}
    wide = max(len(name) for name in [*methods, "method"])
    lines = [
        f"{'method':<{wide}} "
        + " ".join(f"{title:>22}" for title in QUESTIONS.values())
        + "   people"
    ]
    for method in methods:
        own = [by.get((method, question)) for question in QUESTIONS]
        cells = [f"{o.mean:.2f} [{o.low:.2f}, {o.high:.2f}]" if o else "-" for o in own]
        people = max(o.people for o in own if o)
        lines.append(
            f"{method:<{wide}} " + " ".join(f"{cell:>22}" for cell in cells) + f"   {people:>6}"
        )
    return "\n".join(lines)


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>@TITLE@</title><style>
body { font: 16px system-ui, sans-serif; background: #1c1c1e; color: #eee; max-width: 860px; margin: 2em auto; }
video { width: 100%; max-height: 60vh; background: #000; } fieldset { border: 0; padding: .5em 0; }
legend { padding: 0; } label { padding: .3em .8em; } button { font: inherit; padding: .4em 1.2em; margin-right: 1em; }
:focus-visible { outline: 2px solid #6af; }
</style></head><body><h1>How does this clip seem to you?</h1>
<p>Watch each clip with sound, as often as you like. 1 is poor, 5 is excellent. Nothing leaves this computer.</p>
<p id="place" aria-live="polite"></p><video id="clip" controls playsinline></video><form id="form"></form>
<p><button id="back" type="button">Back</button><button id="next" type="button">Next</button></p>
<script>
const study = @VALUES@;
const order = study.clips.map((_, i) => i);
for (let i = order.length - 1; i > 0; i--) {
  const j = Math.floor(Math.random() * (i + 1)); [order[i], order[j]] = [order[j], order[i]];
}
const votes = {}; let at = 0;
const form = document.getElementById("form"), clip = document.getElementById("clip");
for (const [name, title] of Object.entries(study.questions)) {
  const set = document.createElement("fieldset"), legend = document.createElement("legend");
  legend.textContent = title; set.append(legend);
  for (let v = 1; v <= 5; v++) {
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = "radio"; box.name = name; box.value = v;
    box.onchange = () => { (votes[study.clips[order[at]].name] ??= {})[name] = v; show(false); };
    label.append(box, " " + v); set.append(label);
  }
  form.append(set);
}
function whole() {
  const own = votes[study.clips[order[at]].name] || {};
  return Object.keys(study.questions).every(name => own[name]);
}
function show(load = true) {
  const one = study.clips[order[at]], own = votes[one.name] || {};
  document.getElementById("place").textContent = "Clip " + (at + 1) + " of " + order.length;
  if (load) clip.src = one.source;
  for (const box of form.querySelectorAll("input")) box.checked = own[box.name] === Number(box.value);
  document.getElementById("back").disabled = at === 0;
  const next = document.getElementById("next");
  next.disabled = !whole(); next.textContent = at === order.length - 1 ? "Save the answers" : "Next";
}
document.getElementById("back").onclick = () => { at--; show(); };
document.getElementById("next").onclick = () => {
  if (at < order.length - 1) { at++; show(); return; }
  const text = JSON.stringify({study: study.study, order: order.map(i => study.clips[i].name), votes}, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  link.download = "answers-" + study.study + "-" + Math.random().toString(36).slice(2, 8) + ".json"; link.click();
};
show();
</script></body></html>
"""
