"""What is raised where a setting of a library cannot be had."""


class UnavailableError(Exception):
    """A setting of a library that this machine cannot run; the message says why."""
