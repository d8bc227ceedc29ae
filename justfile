# A few doors. `just` alone lists them.
python := ".venv/bin/python"

_default:
    @just --list

# Make the private environment with everything the tests need
setup:
    python3 installer/install.py test --version

# Dub the demo timeline
demo *words:
    python3 installer/install.py demo {{words}}

# Run the tests; further words go to pytest
test *words:
    python3 installer/install.py test {{words}}

# Style and types
lint:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/pyright

# Frames per second of each stage against plain decode + encode, memory of a long shot, frames redone after a kill
bench *words:
    {{python}} benchmarks/bench.py {{words}}

# Kill dubs in every stage and start them again: all end as the undisturbed run
kills *words:
    {{python}} benchmarks/kills.py {{words}}

# Start dubs of one timeline in pairs, at once: none hangs, no result is lost
pairs *words:
    {{python}} benchmarks/pairs.py {{words}}

# Damage settings, projects, journals, sessions and job stores: each is read or refused in a sentence
fuzz *words:
    {{python}} benchmarks/fuzz_state.py {{words}}

# Make the pictures of the panel anew, from the demo timeline
screenshots *words:
    {{python}} docs/make_screenshots.py {{words}}

# The panel: time to the first window, 5,000 clips, gaps between timer ticks while a dub is rendered
bench-panel *words:
    {{python}} benchmarks/bench_panel.py {{words}}

errors := "tr+=G4GError,tr+=TimelineError,tr+=MediaError,tr+=TakeError,tr+=FaceError,tr+=EngineError,tr+=CompositeError,tr+=DeliverError,tr+=FarmError"
rooms := "core network timeline media faces engine composite deliver render project panel"

# Gather the words of the panel and of the rooms below into resources/translations/*.ts (new ones come unfinished) and compile them
translations:
    for file in resources/translations/g4g_*.ts; do \
        (cd g4g_plugin && ../.venv/bin/pyside6-lupdate -no-obsolete -locations none -source-language en -extensions py \
            -tr-function-alias {{errors}} {{rooms}} -ts ../$file) && \
        .venv/bin/pyside6-lrelease $file -qm ${file%.ts}.qm; \
    done

# The API pages, from types and docstrings, into build/api
docs:
    {{python}} -m pdoc --docformat google --output-directory build/api g4g_plugin '!g4g_plugin.panel'
