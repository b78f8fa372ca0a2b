"""Why an import may have failed, in words."""

import os
import sys

LIBRARIES = ("numpy", "keras", "tensorflow", "pandas", "matplotlib", "tqdm", "threadpoolctl")


def hint_of_import(error: BaseException) -> str:
    """Return what may mend an error of an import, "" if it seems to be none.

    A file such as `random.py` in the folder where Python was started is imported in place of the library.
    """
    files = [getattr(sys.modules.get(name), "__file__", None) for name in (*sys.stdlib_module_names, *LIBRARIES)]
    started_in = os.path.realpath(sys.path[0] or os.curdir)
    hiding = [file for file in files if file and os.path.realpath(os.path.dirname(file)) == started_in]
    if hiding:
        return f"{hiding[0]} hides the library of that name; rename it, or work in another folder"
    if isinstance(error, ModuleNotFoundError):
        return "install what is missing with pip install -r requirements.txt, or use the Python of .venv/bin"
    return ""
