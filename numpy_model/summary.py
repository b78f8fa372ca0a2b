"""The table that `Sequential.summary` prints."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    kilobytes = total * model.dtype.itemsize / 1024
    return "\n".join(
        [
            f'Model: "{model.name}"',
            rule,
            heading,
            rule,
            *lines,
            rule,
            f" Total params: {total:,} ({kilobytes:,.2f} KB)",
        ]
    )
