"""How fast each library trains and predicts, measured side by side.

`plan` says what is measured, `contenders` does it in a `worker` process of its own, `rounds` lets the workers take
turns, and `report` turns the seconds into tables and a plot.
"""
