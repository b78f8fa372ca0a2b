"""`numpy_model` beside Keras, PyTorch and JAX, each used as its users would write it.

`plan` says what is compared, and `rounds` lets the contenders take turns; `torch_networks` and `jax_networks` are the
networks in those libraries, `torch_turns` and `jax_turns` take images through them; `report` is the table.
"""
