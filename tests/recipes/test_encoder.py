"""The frozen sentence encoder: an optional baseline of `recipes.advise`."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from recipes import advise
from recipes.data import intake
from recipes.data import texts as data
from recipes.data.tasks import ENCODER
from recipes.trials import candidate, encoder
from tests.recipes import here, texts

with_weights = pytest.mark.skipif(not encoder.installed(), reason=encoder.INSTALL)


@with_weights
@pytest.mark.parametrize(
    ("text", "pieces"),
    # Of Hugging Face's tokenizers 0.23.3, with the tokenizer.json of the package.
    [
        ("", [101, 102]),
        (
            "Naïve ÉTÉ, don't a_b",
            [101, 15743, 3802, 2063, 1010, 2123, 1005, 1056, 1037, 1035, 1038, 102],
        ),
        (
            "北京 is unbelievablyzzz",
            [101, 1781, 1755, 2003, 4895, 8671, 2666, 3567, 6321, 13213, 2480, 102],
        ),
        (
            "a\tb\x00c\u200bd ☃ “q”…",
            [101, 1037, 4647, 2094, 100, 1523, 1053, 1524, 1529, 102],
        ),
        ("x" * 101 + " y", [101, 100, 1061, 102]),
    ],
)
def test_texts_are_cut_as_the_encoder_learnt_them(text, pieces):
    import tensorflow as tf

    (got,) = encoder.encoder().pieces(tf.constant([text])).to_list()
    assert got == pieces


@with_weights
def test_a_vector_is_that_of_transformers():
    one, other = encoder.vectors_of(["This is an example sentence", "Each sentence is converted"])
    # Of BertModel of transformers 5.24.0 with torch 2.13.0, from the same weights.
    assert one[:3] == pytest.approx([0.0676569, 0.0634959, 0.0487131], abs=1e-5)
    assert other[:3] == pytest.approx([0.0864386, 0.1027626, 0.0053946], abs=1e-5)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    long, cut = encoder.vectors_of(["word " * 400, "word " * (encoder.MOST - 2)])
    assert long == pytest.approx(cut, abs=1e-5)


@with_weights
def test_a_written_encoder_says_what_the_trial_said(tmp_path):
    import tensorflow as tf

    given = [f"a {word} film" for word in ("fine", "lovely", "warm", "dull", "grim", "poor")]
    vectors = encoder.vectors_of(given)
    regression = LogisticRegression(C=100).fit(vectors, [1, 1, 1, 0, 0, 0])
    encoder.write(tmp_path, regression, ("bad", "good"))
    served = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    got = served(text=tf.constant(given))
    wanted = regression.predict_proba(vectors)
    assert np.abs(got["probabilities"].numpy() - wanted).max() < 1e-4
    assert np.ptp(wanted) > 0.5, "the control: it says more than one thing"
    assert [*got["label"].numpy()] == [b"good"] * 3 + [b"bad"] * 3


def test_a_trial_takes_the_vector_of_each_text(tmp_path):
    """With made-up vectors that hold the label of their row: any other row would be wrong."""
    path = texts.write(tmp_path / "reviews.csv", rows=120)
    taken = intake.take(str(path), "review", "stars", tmp_path / "runs")
    held = candidate.cut(taken.path, 5)
    vectors = np.eye(2)[held.labels]
    np.save(taken.path.with_name("minilm.npy"), vectors)
    for fold in range(5):
        one = candidate.candidate(
            ENCODER, held.train, fold, data=str(taken.path), units=4, tokens=5, folds=5
        )
        made = candidate.run(one, tmp_path)
        assert made["status"] == "done", made["reason"]
        assert made["test_accuracy"] == pytest.approx(1)
    np.save(taken.path.with_name("minilm.npy"), np.roll(vectors, 7, axis=0))
    assert candidate.run(one, tmp_path)["test_accuracy"] < 0.9, "the control"
    assert len(data.load(taken.path).train) == 96


def test_texts_that_are_not_encoded_are_a_failed_trial(tmp_path):
    taken = intake.take(
        str(texts.write(tmp_path / "reviews.csv")), "review", "stars", tmp_path / "runs"
    )
    one = candidate.candidate(ENCODER, 50, data=str(taken.path), units=4, tokens=5)
    assert "have not been encoded" in candidate.run(one, tmp_path)["reason"]


def test_without_the_weights_it_is_left_out_with_a_note(tmp_path, monkeypatch):
    monkeypatch.setattr(encoder, "installed", lambda: False)
    code, printed = here.run(
        advise, "--data", texts.write(tmp_path / "reviews.csv"), "--text", "review",
        "--label", "stars", "--runs", tmp_path / "runs", "--saved-models", tmp_path / "models",
        "--cells", "gru", "--minutes", "0.000001",
    )  # fmt: skip
    assert code == 0, printed
    assert f"plan: The sentence encoder is not installed; `{encoder.INSTALL}` adds it." in printed
    assert "minilm" not in (tmp_path / "runs" / "reviews" / "trials.jsonl").read_text()
