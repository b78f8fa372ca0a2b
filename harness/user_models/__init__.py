"""Users' own networks from scratch, checked against Keras and trained beside it. What a user names is run.

A model is any object with `get_weights()`, `set_weights(weights)` and `train_step(x, y, learning_rate)`; `template` is
a whole one. Read on in this order: `names` tells a user's model from the harness's own; `loading` runs the file;
`interface` reads what the model has; `layouts` puts its arrays into Keras's order and back; `calls` turns whatever goes
wrong in it into one message; `model` speaks to it; `trainer` lets it train in a run.
"""
