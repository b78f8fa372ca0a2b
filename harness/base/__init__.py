"""What every room may use: errors, checks, conventions of commands, the environment, text, files, statistics."""
