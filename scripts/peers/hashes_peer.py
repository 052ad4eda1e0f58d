"""Measures one other program on hashes and queries that the benchmark `hamming` wrote; prints a line of JSON.

    hashes_peer.py FILE PEER --radius 31

PEER is `faiss flat`, `faiss multihash BANDSxBITS FLIPS`, `faiss hash BITS FLIPS` or `threatexchange pdq`. A multihash misses
nothing within the radius when BANDS * (FLIPS + 1) is more than it. `recall` is the share of queries whose source was found.
"""

import argparse
import json
import time
from pathlib import Path

import numpy


def main():
    parser = argparse.ArgumentParser(description="Measures one other program on hashes that the benchmark wrote.")
    parser.add_argument("file", type=Path)
    parser.add_argument("peer")
    parser.add_argument("--radius", type=int, default=31)
    options = parser.parse_args()
    hashes, queries, sources = read(options.file)
    before, start = resident_mib(), time.process_time()
    search = PEERS[" ".join(options.peer.split()[:2])](options, hashes)
    build_s, mib = time.process_time() - start, resident_mib() - before
    times, found = [], 0
    for query, source in zip(queries, sources, strict=True):
        asked = search.ask(query)
        start = time.thread_time_ns()
        answer = search(asked)
        times.append((time.thread_time_ns() - start) / 1e6)
        found += source in search.numbers(answer)
    print(json.dumps({
        "peer": options.peer, "hashes": len(hashes), "radius": options.radius, "queries": len(queries),
        "p50_ms": float(numpy.percentile(times, 50)), "p99_ms": float(numpy.percentile(times, 99)),
        "recall": found / len(queries), "mib": round(mib), "build_s": round(build_s, 2),
    }))


def read(path):
    """Hashes and queries as rows of 32 bytes, and the row of the hash that each query was made from."""
    with path.open("rb") as file:
        count, asked = (int(number) for number in numpy.fromfile(file, "<u8", 2))
        hashes = numpy.fromfile(file, "u1", 32 * count).reshape(count, 32)
        queries = numpy.fromfile(file, "u1", 32 * asked).reshape(asked, 32)
        return hashes, queries, numpy.fromfile(file, "<u4", asked)


class Faiss:
    """One of FAISS's binary indexes; it counts a distance of less than the radius as within."""

    def __init__(self, options, hashes):
        import faiss
        faiss.omp_set_num_threads(1)
        kind, *shape = options.peer.split()[1:]
        if kind == "flat":
            self.index = faiss.IndexBinaryFlat(256)
        elif kind == "multihash":
            bands, bits = (int(number) for number in shape[0].split("x"))
            self.index = faiss.IndexBinaryMultiHash(256, bands, bits)
        else:
            self.index = faiss.IndexBinaryHash(256, int(shape[0]))
        if kind != "flat":
            self.index.nflip = int(shape[1])
        self.index.add(hashes)
        self.radius = options.radius + 1

    def ask(self, query):
        """The query as the index takes it."""
        return query.reshape(1, 32)

    def __call__(self, query):
        return self.index.range_search(query, self.radius)

    def numbers(self, answer):
        """The rows that were found."""
        return answer[2]


class Threatexchange:
    """The index that the library makes for PDQ; its radius is 31."""

    def __init__(self, options, hashes):
        import faiss
        from threatexchange.signal_type.pdq.signal import PdqSignal
        faiss.omp_set_num_threads(1)
        index = PdqSignal.get_index_cls()
        if options.radius != index.get_match_threshold():
            raise SystemExit(f"threatexchange searches {index.get_match_threshold()} bits")
        self.index = index((row.tobytes().hex(), number) for number, row in enumerate(hashes))

    def ask(self, query):
        """The query as the index takes it."""
        return query.tobytes().hex()

    def __call__(self, query):
        return self.index.query(query)

    def numbers(self, answer):
        """The rows that were found."""
        return [match.metadata for match in answer]


def resident_mib():
    """Memory that this process holds."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


PEERS = {"faiss flat": Faiss, "faiss multihash": Faiss, "faiss hash": Faiss, "threatexchange pdq": Threatexchange}

if __name__ == "__main__":
    main()
