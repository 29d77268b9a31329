"""The model that `recipes.advise` hands over: a trial as a SavedModel, and its mistakes."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
from rich.console import Console

from recipes import classify_text
from recipes.data.tasks import BOW, ENCODER
from recipes.sweeps import program
from recipes.trials import bag, candidate, encoder, export
from recipes.trials import trial as trials
from recipes.trials.candidate import Candidate

MOST = 2_000  # test texts on which a saved model is tried


def load(trial: Candidate) -> Any:
    """Return the texts of a trial: those of its fold, or of the split."""
    return trials.load(trial.file, "text", "label", trial.data_seed)


def write(
    folder: Path, trial: Candidate, record: Mapping[str, Any], weights: Path, console: Console
) -> Path:
    """Write the model of a trial as the next version, unless the latest version is that trial's.

    Args:
        folder: folder of the versions.
        trial: the trial.
        record: its record.
        weights: folder of the weights of networks.
        console: where it is said if the model answers otherwise than the trial did.
    """
    for latest in export.versions(folder)[-1:]:
        if export.card(latest).get("key") == record["key"]:
            return latest
    target, data = export.next_version(folder), load(trial)
    with export.whole(target) as unfinished:
        if trial.model == BOW:
            only = dataclasses.replace(trial, strengths=(record["strength"],))
            bag.write(unfinished, candidate.fit_bag(only, data), data.classes)
        elif trial.model == ENCODER:
            encoder.write(unfinished, candidate.fit_encoder(trial, data)[0], data.classes)
        else:
            vectorizer, model = candidate.trained(trial, weights)
            classify_text.export(unfinished, vectorizer, model, data.classes)
        tried = tested(unfinished, data)
        right = trials.unpacked(record["test_right"], len(data.test))[: len(tried)]
        same = int(((tried["label"] == tried["said"]) == right).sum())
        if same < len(tried):
            console.print(
                f"{target}: on {len(tried) - same} of {len(tried)} test texts it says otherwise "
                "than the trial did (rounding, most likely)",
                markup=False,
            )
        card = {
            "name": folder.name,
            **{key: value for key, value in record.items() if key not in ("test_right", "data")},
            "command": program.command("recipes.advise"),
            "classes": list(data.classes),
            "same_as_tested": f"{same} of {len(tried)} test texts",
        }
        text = json.dumps(card, indent=2, ensure_ascii=False)
        (unfinished / "card.json").write_text(f"{text}\n", "utf-8")
    return target


def mistakes(folder: Path, data) -> dict[str, Any]:
    """Return the saved model's ten most confident errors on the test set, and its confusions."""
    table = tested(folder, data)
    wrong = table[table["label"] != table["said"]]
    confused = wrong.value_counts(["label", "said"], sort=False).sort_values(
        ascending=False, kind="stable"
    )
    surest = wrong.sort_values("share", ascending=False, kind="stable")[:10]
    return {
        "rows": len(table),
        "wrong": len(wrong),
        "confused": [(*pair, int(count)) for pair, count in confused[:10].items()],
        "texts": surest.to_dict("records"),
    }


def tested(folder: Path, data) -> pd.DataFrame:
    """Return test texts with their labels, and the saved model's label and its probability."""
    test = data.test.take(slice(MOST))
    said, shares = served(folder, test.texts)
    true = [data.classes[label] for label in test.labels]
    return pd.DataFrame(
        {"text": test.texts, "label": true, "said": said, "share": shares, "row": test.rows}
    )


def served(folder: Path, texts) -> tuple[list[str], np.ndarray]:
    """Return the saved model's label and probability for each text."""
    model = tf.saved_model.load(str(folder)).signatures["serving_default"]
    labels: list[str] = []
    shares = []
    for start in range(0, len(texts), 256):
        outputs = model(text=tf.constant(texts[start : start + 256].tolist()))
        labels += [label.decode() for label in outputs["label"].numpy().tolist()]
        shares.append(outputs["probabilities"].numpy().max(-1))
    return labels, np.concatenate(shares)
