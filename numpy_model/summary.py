"""The table that `Sequential.summary` prints."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from numpy_model.chain import Chain


def summary_table(model: "Chain") -> str:
    """Return layers, output shapes and parameter counts of a model as a table, as Keras shows them."""
    rows = [("Layer (type)", "Output Shape", "Param #")]
    for layer in model.layers:
        shape = ", ".join(str(size) for size in ("None", *layer.output_shape))
        rows.append((f"{layer.name} ({type(layer).__name__})", f"({shape})", f"{layer.count_params():,}"))
    first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
    heading, *lines = [f" {name:<{first}}   {shape:<{second}}   {count:>{third}}" for name, shape, count in rows]
    rule = "─" * (len(heading) + 1)
    total = model.count_params()
    frozen = total - sum(param.size for param in model.params.values())
    totals = [f" Total params: {size_of(total, model.dtype)}"]
    if frozen:
        totals.append(f" Trainable params: {size_of(total - frozen, model.dtype)}")
        totals.append(f" Non-trainable params: {size_of(frozen, model.dtype)}")
    return "\n".join(
        [
            f'Model: "{model.name}"',
            rule,
            heading,
            rule,
            *lines,
            rule,
            *totals,
        ]
    )


def size_of(n: int, dtype: "np.dtype") -> str:
    """Return how many numbers there are, and in brackets how many kilobytes they take."""
    return f"{n:,} ({n * dtype.itemsize / 1024:,.2f} KB)"
