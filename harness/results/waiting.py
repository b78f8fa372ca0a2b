"""How Keras was trained, and whether its seconds contain idle waiting: those of old runs do.

Newer ones have a column for it.
"""

import pandas

OLD = (
    "In runs without the column waiting_seconds Keras trained with plain fit, and its seconds contain idle waiting, at "
    "most as long as the training itself."
)
NEW = "Keras trains with fit, on a tf.data pipeline without autotuning, and waits for nothing."


def how_keras_trained(epochs: pandas.DataFrame) -> str:
    """Return the sentence that is true of rows of `epochs.csv`; "" if there are no seconds of Keras among them."""
    rows = epochs[(epochs["model"] == "keras") & epochs["wall_seconds"].notna()]
    if rows.empty:
        return ""
    # In pooled runs the rows of old ones have no number there.
    is_old = "waiting_seconds" not in rows or rows["waiting_seconds"].isna().any()
    return OLD if is_old else NEW


def waiting_note(epochs: pandas.DataFrame) -> str:
    """Return the sentence for what shows seconds of old runs; "" if there are none."""
    sentence = how_keras_trained(epochs)
    return sentence if sentence == OLD else ""
