"""Labelled pairs of products: this program's same-model score, rapidfuzz, Splink and dedupe.

Each directory holds `register.ndjson`, `listings.ndjson` and `train.csv`, `valid.csv`, `test.csv` (`item,listing,same`).
All of them score the pairs of `test.csv`; the score from which on pairs are called the same is the best one on `valid.csv`
for all of them alike. This program's table is learned anew from the two other files, as its example does it.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

NAME = "pairs"
# dedupe 3.0 calls what later zope.index and BTrees took away.
REQUIRES = ["BTrees<6", "dedupe", "pandas", "rapidfuzz", "splink>=5", "zope.index<8"]
COLUMNS = ["peer", "set", "pairs", "f1", "precision", "recall", "labels", "seconds"]

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = ["rapidfuzz token set", "rapidfuzz token sort", "splink", "dedupe"]


def add_options(group):
    """Its options."""
    group.add_argument("--pairs", type=Path, nargs="+", metavar="DIR", default=[], help="directories of labelled pairs; without them the section is left out")
    group.add_argument("--labels", type=int, default=500, help="how many labelled pairs dedupe learns from (default 500)")


def rows(options, python, _work):
    """Scores the pairs of every directory with everybody."""
    if not options.pairs:
        print("pairs: left out, --pairs names no directory", file=sys.stderr)
        return
    # The whole workspace, as the benchmarks build it: another choice of packages would build the libraries anew.
    subprocess.run(["cargo", "build", "--quiet", "--release", "--workspace", "--examples"], check=True, cwd=ROOT)
    ours = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples/train_same_model"
    for directory in options.pairs:
        began = time.monotonic()
        line = json.loads(lines([str(ours), str(directory.resolve())])[-1])
        yield {"peer": "replevin", "set": line["set"], "pairs": line["pairs"], "f1": line["f1"]["is"], "labels": line["labels"],
               "seconds": round(time.monotonic() - began, 2)}
        script = Path(__file__).resolve().parent / "pairs_peer.py"
        for peer in PEERS:
            yield json.loads(lines([str(python), str(script), str(directory), peer, "--labels", str(options.labels)])[-1])


def lines(command):
    """What a program prints, by line."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.splitlines()
