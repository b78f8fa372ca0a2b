"""Many runs at once: `grid` makes cells of flags, `plan` finds what is there, and `cluster` has workers do the rest.

A cell is an ordinary run of one data set, experiment, seed and settings, with all models; `cell` is what a worker does.
Dask hands out the cells. It is optional, and imported in `cluster` alone. `planned_runs` sweeps over the studies that a
file names, with the code of the file's commit.
"""
