"""How long a training step of `numpy_model` takes if several processes share its batch, on more cores than there are.

`plan` says what is measured, `simulation` works out the rest, `study` measures and writes, `report` is the table.
"""
