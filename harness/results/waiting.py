"""Idle waiting in the seconds of old runs, from before it was recorded in a column of its own."""

NOTE = (
    "In runs without the column waiting_seconds Keras trained with plain fit, and its seconds contain idle waiting, at "
    "most as long as the training itself."
)


def waiting_note(epochs):
    """Return a sentence that says so if it is true of some rows of `epochs.csv` with seconds, and "" if of none."""
    rows = epochs[(epochs["model"] == "keras") & epochs["wall_seconds"].notna()]
    if rows.empty:
        return ""
    # In pooled runs the rows of old ones have no number there.
    is_old = "waiting_seconds" not in rows or rows["waiting_seconds"].isna().any()
    return NOTE if is_old else ""
