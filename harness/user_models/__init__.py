"""Users' own networks from scratch, checked against Keras and trained beside it. What a user names is run.

A model is any object with `get_weights()`, `set_weights(weights)` and `train_step(x, y, learning_rate)`; `template` is
a whole one, `variants` has others, and `interface` says what else a model may have. Read on in this order: `loading`
runs the file; `calls` turns whatever goes wrong in it into one message; `layouts` puts its arrays into Keras's order
and back, and `shapes` sees that they are the right ones; `twin` is the network that it is compared with; `model` speaks
to it, with `outputs`.
"""
