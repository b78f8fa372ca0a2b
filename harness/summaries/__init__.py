"""What runs come to, as data for every view: scores, differences, published values, and how models look."""
