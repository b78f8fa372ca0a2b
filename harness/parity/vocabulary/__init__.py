"""The vocabulary: every layer, activation, loss, regularizer, optimizer and schedule in a small network, proved."""
