"""How fast each library trains and predicts, measured side by side.

`plan` says what is measured; `contenders` does it in a `worker` process with the `calls` of a library, and `products`
for the floor; `rounds` lets the workers take turns; `report`, `crossing` and `plot` turn the seconds into tables,
sentences and a picture. `peers` does the same beside PyTorch and JAX; `scaling` is about processes that share a batch.
"""
