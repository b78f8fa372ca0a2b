"""Two models side by side, step by step, from equal weights over the same samples: are they the same?

Read on in this order: `trace` is what one step of a model did; `numpy_walker` takes such steps with a NumPy model;
`reference` is what Keras does in the same step, with the same decisions; `compare` finds the differences of two
traces, and `causes` what is known of them; `walk` does so for many steps in both precisions; `report` and `plot` show
what came out, and `proof` is all of it, from the data to the files. `user_walker` takes steps with a user's model,
`bugs` are mistakes to plant, and `together` asks how long two models stay together.
"""
