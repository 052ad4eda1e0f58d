"""One of the others on labelled pairs: `pairs_peer.py DIRECTORY PEER [--labels N]`, one line of JSON on standard output."""

import argparse
import csv
import io
import json
import logging
import random
import time
import warnings
from pathlib import Path

FIELDS = ["title", "description", "brand", "model", "category", "color"]


def main():
    parser = argparse.ArgumentParser(description="Scores labelled pairs with another program.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("peer")
    parser.add_argument("--labels", type=int, default=500)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    sides = [records(options.directory / f"{name}.ndjson") for name in ("register", "listings")]
    train, valid, test = (labels(options.directory / f"{name}.csv") for name in ("train", "valid", "test"))
    known = {pair[:2] for pair in test}
    train = [pair for pair in train if pair[:2] not in known]
    began = time.monotonic()
    family, *kind = options.peer.split()
    used = {"rapidfuzz": lambda: [0, rapidfuzz_scores(sides, valid, test, kind)],
            "splink": lambda: [0, splink_scores(sides, valid, test)],
            "dedupe": lambda: dedupe_scores(sides, train, valid, test, options.labels)}[family]()
    learned_from, (on_valid, on_test) = used
    from_score = best_threshold(on_valid, [same for *_, same in valid])
    precision, recall, f1 = quality(on_test, [same for *_, same in test], from_score)
    print(json.dumps({"peer": options.peer, "set": options.directory.name, "pairs": len(test), "f1": round(f1, 4), "precision": round(precision, 4),
                      "recall": round(recall, 4), "labels": learned_from, "seconds": round(time.monotonic() - began, 2)}))


def records(path):
    """The records of a side by id; what is missing is None."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line["id"]: {field: line.get(field) or None for field in FIELDS} for line in lines}


def labels(path):
    """Rows of item, listing and whether they are the same."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["item"], row["listing"], row["same"].strip() == "1") for row in csv.DictReader(file)]


def text(record):
    """All that is said of a record."""
    return " ".join(record[field] for field in FIELDS if record[field])


def rapidfuzz_scores(sides, valid, test, kind):
    """The better of titles alone and whole texts, as `valid` has it."""
    from rapidfuzz import fuzz, utils
    ratio = fuzz.token_set_ratio if kind == ["token", "set"] else fuzz.token_sort_ratio
    readings = [lambda record: record["title"] or "", text]
    best = None
    for reading in readings:
        both = [[ratio(reading(sides[0][item]), reading(sides[1][listing]), processor=utils.default_process) for item, listing, _ in pairs]
                for pairs in (valid, test)]
        truth = [same for *_, same in valid]
        f1 = quality(both[0], truth, best_threshold(both[0], truth))[2]
        if best is None or f1 > best[0]:
            best = f1, both
    return best[1]


def splink_scores(sides, valid, test):
    """Fellegi-Sunter learned without labels over both whole sides; pairs that it does not come by score nothing."""
    import pandas
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI
    import splink.comparison_library as compare

    frames = [pandas.DataFrame([{"unique_id": key, **prepared(record)} for key, record in side.items()]) for side in sides]
    # A side may give a field nowhere; a field that is not there on both cannot be compared.
    fields = [field for field in ("brand", "model", "color", "category") if all(frame[field].notna().any() for frame in frames)]
    comparisons = [compare.JaroWinklerAtThresholds("title", [0.95, 0.88, 0.8, 0.7]), compare.ArrayIntersectAtSizes("words", [6, 4, 3, 2, 1]),
                   compare.ArrayIntersectAtSizes("numbers", [2, 1]), compare.ExactMatch("code").configure(term_frequency_adjustments=True)]
    comparisons += [compare.JaroWinklerAtThresholds(field, [0.92]) for field in fields]
    settings = SettingsCreator(link_type="link_only", comparisons=comparisons, blocking_rules_to_generate_predictions=["1=1"],
                               probability_two_random_records_match=min(len(side) for side in sides) / (len(sides[0]) * len(sides[1])))
    database = DuckDBAPI()
    linker = Linker([database.register(frame, dataset_display_name=name) for frame, name in zip(frames, ("register", "listings"), strict=True)], settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    for rule in (block_on("first_word"), block_on("code")):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        except Exception as error:  # noqa: BLE001 - one of the rules may find too few pairs to learn from
            logging.getLogger("pairs").debug("%s", error)
    found = linker.inference.predict().as_pandas_dataframe()
    scores = {frozenset(pair): weight for *pair, weight in found[["unique_id_l", "unique_id_r", "match_weight"]].itertuples(index=False)}
    least = min(scores.values(), default=0.0) - 1
    return [[scores.get(frozenset(pair[:2]), least) for pair in pairs] for pairs in (valid, test)]


def prepared(record):
    """A record as Splink is given it: words, words with digits, and what it can learn by."""
    words = sorted({word for word in (record["title"] or "").lower().split() if len(word) > 1})
    numbers = [word for word in words if any(c.isdigit() for c in word)]
    return {**record, "words": words, "numbers": numbers, "code": max(numbers, key=len, default=None),
            "first_word": (record["title"] or "").lower().split(" ")[0]}


def dedupe_scores(sides, train, valid, test, count):
    """dedupe's linker, taught with a sample of the labelled pairs."""
    import dedupe
    from dedupe import serializer, variables

    for record in (record for side in sides for record in side.values()):
        record["text"] = text(record)
        record["numbers"] = frozenset(word for word in record["text"].lower().split() if any(c.isdigit() for c in word) and len(word) > 3) or None
    chosen = random.Random(1).sample(train, min(count, len(train)))
    corpus = [text(record) for side in sides for record in side.values()]
    fields = [variables.Text("title", corpus=corpus), variables.String("title"), variables.Text("text", corpus=corpus), variables.Set("numbers", has_missing=True)]
    fields += [variables.String(field, has_missing=True) for field in FIELDS[2:] if all(any(record[field] for record in side.values()) for side in sides)]
    linker = dedupe.RecordLink(fields, num_cores=1)
    pair = lambda row: (sides[0][row[0]], sides[1][row[1]])  # noqa: E731
    taught = io.StringIO()
    serializer.write_training({"match": [pair(row) for row in chosen if row[2]], "distinct": [pair(row) for row in chosen if not row[2]]}, taught)
    taught.seek(0)
    random.seed(1)
    linker.prepare_training(*sides, training_file=taught, sample_size=1500)
    linker.train(recall=1.0, index_predicates=False)

    def scores(rows):
        distances = linker.data_model.distances([pair(row) for row in rows])
        return [float(score) for score in linker.classifier.predict_proba(distances)[:, -1]]

    return [len(chosen), [scores(valid), scores(test)]]


def best_threshold(scores, truth):
    """The score from which on saying "same" gives the best F1."""
    right, wanted, best = 0, sum(truth), (0.0, float("inf"))
    ranked = sorted(zip(scores, truth, strict=True), reverse=True)
    for said, (score, same) in enumerate(ranked, 1):
        right += same
        # Equal scores are said together.
        if said < len(ranked) and ranked[said][0] == score:
            continue
        f1 = 2 * right / (said + wanted)
        if f1 > best[0]:
            best = f1, score
    return best[1]


def quality(scores, truth, from_score):
    """Precision, recall and F1 when pairs are the same from this score on."""
    said = [same for score, same in zip(scores, truth, strict=True) if score >= from_score]
    right, wanted = sum(said), sum(truth)
    return right / len(said) if said else 0.0, right / wanted if wanted else 0.0, 2 * right / (len(said) + wanted) if said or wanted else 0.0


if __name__ == "__main__":
    main()
