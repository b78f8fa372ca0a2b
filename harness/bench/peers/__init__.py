"""`numpy_model` beside Keras, PyTorch and JAX, each used as its users would write it.

`plan` says what is compared, `candidates` with which settings, and `rounds` who takes turns; `torch_networks` and
`jax_networks` are the networks in those libraries, `torch_turns` and `jax_turns` take images through them; `report` is
the table, and `study` does all of it.
"""
