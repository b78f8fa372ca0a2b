"""Users' own networks from scratch, checked against Keras and trained beside it. What a user names is run.

A model is any object with `get_weights()`, `set_weights(weights)` and `train_step(x, y, learning_rate)`; `template` is
a whole one, and `interface` says what else it may have. Read on in this order: `names` tells a user's model from the
harness's own; `loading` runs the file; `calls` turns whatever goes wrong in it into one message; `layouts` puts its
arrays into Keras's order and back, and `shapes` sees that they are the right ones; `twin` is the network that it is
compared with; `model` speaks to it, with `outputs`; `trainer` lets it train in a run.
"""
