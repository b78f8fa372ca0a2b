"""The comparison: one network, trained by each library on the same data in the same order, and measured by one code."""
