"""The same numbers as the layers, faster. Only `model.py` imports this.

Read on in this order: `tape` is a list of NumPy operations; `kernels` write a layer to it; `plan` does so for all
layers and a number of samples; `network` keeps the plans of a model and its parameters, which `parameters` joins;
`trainer` takes steps, and collects some, as `deferred` explains; `worker_pool` and `worker` share a batch out to
several processes.
"""
