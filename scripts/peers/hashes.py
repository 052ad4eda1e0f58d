"""Hashes within a Hamming radius: this program's tables, FAISS's binary indexes, threatexchange's PDQ index.

The benchmark `hamming` makes the hashes and the queries and measures itself; what it wrote is then given to each of the
others in a process of its own. All of them answer one query at a time.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

NAME = "hashes"
REQUIRES = ["faiss-cpu", "numpy", "threatexchange"]
COLUMNS = ["peer", "hashes", "radius", "queries", "p50_ms", "times_ours", "p99_ms", "recall", "mib", "build_s"]

ROOT = Path(__file__).resolve().parent.parent.parent
# Peer, the largest number of hashes it is given, and MiB it takes for a million: known from running it.
PEERS = [
    ("faiss flat", 100_000_000, 31),
    ("faiss multihash 16x16 1", 100_000_000, 700),
    ("faiss multihash 11x23 2", 100_000_000, 900),
    ("faiss multihash 8x24 3", 100_000_000, 700),
    ("faiss hash 24 6", 100_000_000, 150),
    ("threatexchange pdq", 1_000_000, 900),
]


def add_options(group):
    """Its options."""
    group.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000], help="how many hashes (default: 1 and 10 million)")
    group.add_argument("--queries", type=int, default=1000, help="how many queries (default 1000)")
    group.add_argument("--radius", type=int, default=31, help="bits that may differ (default 31)")
    group.add_argument("--core", type=int, default=0, help="the core that all of them run on (default 0)")
    group.add_argument("--only", help="only peers whose name has this in it")


def rows(options, python, work):
    """Measures all peers at all sizes."""
    ours = ["cargo", "bench", "--quiet", "--workspace", "--bench", "hamming"]
    subprocess.run([*ours, "--no-run"], check=True, cwd=ROOT)
    for size in options.sizes:
        data = work / f"hashes-{size}.bin"
        given = [str(size), "--radius", str(options.radius), "--queries", str(options.queries), "--write", str(data)]
        own = {"peer": "replevin"} | run([*ours, "--", *given], options.core)
        yield own
        for peer, most, mib_a_million in PEERS:
            if size > most or (options.only and options.only not in peer):
                continue
            if free_mib() < size / 1e6 * (mib_a_million + 64):
                print(f"{peer} at {size}: not enough memory is free", file=sys.stderr)
                continue
            script = Path(__file__).resolve().parent / "hashes_peer.py"
            theirs = run([str(python), str(script), str(data), peer, "--radius", str(options.radius)], options.core)
            yield theirs | {"times_ours": round(theirs["p50_ms"] / own["p50_ms"], 1)}
        data.unlink()


def run(command, core):
    """The line of JSON that a program prints, held to one core with all its threads."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
                          preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    return json.loads(done.stdout.splitlines()[-1])


def free_mib():
    """Memory that can be had without swapping."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 1024
    return float("inf")
