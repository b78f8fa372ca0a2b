"""Python code that a user names in a flag: found, run, and every failure in it turned into one message."""

import importlib
import importlib.util
import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from harness.base.errors import UsageError
from harness.base.text import UNFIT, message_of, one_line

ROOT = Path(__file__).resolve().parents[2]
# Code that the user did not write: the standard library, what is installed, and what is here.
NOT_THE_USERS = (
    "<",
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    *(str(ROOT / name) for name in ("harness", "keras_model", "numpy_model")),
)


def call(where: str, what: str, function: Callable, *arguments: Any, step: int | None = None) -> Any:
    """Call a function of the user and return what it returns.

    A process that the function forks, and that comes back from it, ends here: it must not go on as a second one of us.

    Args:
        where: the user's file or function, for the message.
        what: what is called, in words.
        function, arguments: the call.
        step: number of the training step, from 1.

    Raises:
        UsageError: whatever the function raised, with the line that raised it.
    """
    process, status = os.getpid(), 0
    try:
        with exit_is_an_error():
            return function(*arguments)
    except (KeyboardInterrupt, UsageError):
        status = 1
        raise
    except BaseException as error:  # of any class: GeneratorExit and others are no Exception
        status = error.code if isinstance(error, SystemExit) else 1
        when = f"at step {step} " if step else ""
        raise UsageError(f"{where}: {when}{what} raised {describe(error)}") from error
    finally:
        if os.getpid() != process:
            os._exit(status if isinstance(status, int) else status is not None)


@contextmanager
def exit_is_an_error() -> Iterator[None]:
    """Let `os._exit` raise `SystemExit` while the body runs: it would end the run, as if it were done, without a word.

    What the body forks still ends by it.
    """
    leave, process = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() == process:
            raise SystemExit(status)
        leave(status)

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = leave


def describe(error: BaseException) -> str:
    """Return class, place and message of an error: `"ZeroDivisionError (my_model.py, line 7): division by zero"`."""
    if isinstance(error, SyntaxError) and error.filename:
        place, message = (error.filename, error.lineno), error.msg
    else:
        place, message = place_of(error), message_of(error)
    name = type(error).__name__
    text = f"{name} ({Path(place[0]).name}, line {place[1]})" if place else name
    return text if message == name else f"{text}: {message}"


def place_of(error: BaseException) -> tuple[str, int] | None:
    """Return file and line of the last thing that the user's own code did, or `None`."""
    frames = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(NOT_THE_USERS)
    ]
    return frames[-1] if frames else None


def is_user_code(name: str) -> bool:
    """Return whether a flag's value names code: `FILE.py`, `FILE.py:FUNCTION` or `MODULE:FUNCTION`.

    >>> is_user_code("nets/blocks.py"), is_user_code("nets.blocks:three"), is_user_code("simple_cnn")
    (True, True, False)
    """
    return name.endswith(".py") or ":" in name


def split_name(name: str) -> tuple[str, str]:
    """Return the file or module that a flag's value names, and the function, "" if it names none.

    >>> split_name("nets/blocks.py"), split_name("nets/blocks.py:three"), split_name("nets.blocks:three")
    (('nets/blocks.py', ''), ('nets/blocks.py', 'three'), ('nets.blocks', 'three'))
    """
    if name.endswith(".py"):
        return name, ""
    place, _, function = name.rpartition(":")
    return place, function


def short_name(name: str) -> str:
    """Return the name of a user's code in tables and file names: that of its function, or else its file's stem.

    >>> short_name("nets/blocks.py"), short_name("nets.blocks:three"), short_name("simple_cnn")
    ('blocks', 'three', 'simple_cnn')
    """
    place, function = split_name(name)
    return function or Path(place).stem or name


def check_user_code(kind: str, name: str) -> None:
    """Raise `UsageError` unless a flag's value may name a user's code. Nothing of it is run.

    Args:
        kind: what the code makes, such as `"network"`, for the message.
        name: as the flag has it.
    """
    place, function = split_name(name)
    if place.endswith(".py"):
        if not is_file(place):
            article = "an" if kind[0] in "aeiou" else "a"
            raise UsageError(f"{one_line(place)} does not exist; name the Python file of {article} {kind}")
        is_well_formed = function.isidentifier() or name.endswith(".py")
    else:
        is_well_formed = all(part.isidentifier() for part in (*place.split("."), function))
    if not is_well_formed:
        raise UsageError(f"{one_line(name)} names no function; write it as my_package.module:function")
    if UNFIT.search(short_name(name)):  # it would stand in tables and in file names
        raise UsageError(f"{one_line(name)} has a name that cannot be printed; rename the file")


def is_file(path: str) -> bool:
    """Return whether a path is that of a file; one that is too long for the system is not."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def absolute(name: str) -> str:
    """Return a flag's value with the absolute path of its file, if it names one: another process may run elsewhere."""
    place, function = split_name(name)
    if not place.endswith(".py"):
        return name
    return ":".join([str(Path(place).absolute()), *([function] if function else [])])


def module_of(name: str) -> ModuleType:
    """Run the file, or import the module, that a flag's value names, and return the module.

    Raises:
        UsageError: if that fails, with the line that did.
    """
    place, _ = split_name(name)
    if not place.endswith(".py"):
        return call(name, f"import {place}", importlib.import_module, place)
    path = Path(place)
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a Python file")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        # For files beside it that it imports. At the end, so that a keras_model.py among them does not hide ours.
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(f"user_code_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    call(path.name, "running the file", spec.loader.exec_module, module)
    return module


def function_of(kind: str, name: str, default: str = "") -> Callable:
    """Return the function that a flag's value names. A file with one public function needs no name.

    Args:
        kind: what the function makes, such as `"network"`, for messages.
        name: as the flag has it.
        default: the function that is taken of a file that has it, if none is named.

    Raises:
        UsageError: if there is no such function, or several and none is named.
    """
    module, (place, function) = module_of(name), split_name(name)
    function = function or (default if hasattr(module, default) else "")
    where = Path(place).name if place.endswith(".py") else place
    own = [
        key
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_")
    ]
    if function:
        found = getattr(module, function, None)
        if not callable(found):
            raise UsageError(f"{where} has no function {function}(); there is {listed(own)}")
        return found
    if len(own) != 1:
        advice = f"choose one, as in {name}:{own[0]}" if own else f"write one that returns the {kind}"
        raise UsageError(f"{where} has {len(own) or 'no'} functions{': ' if own else ''}{', '.join(own)}; {advice}")
    return getattr(module, own[0])


def listed(names: list[str]) -> str:
    """Return names as text, "none" if there are none."""
    return ", ".join(names) or "none"


def line_of(function: Callable) -> str:
    """Return file and line of a user's function, `"blocks.py, line 3"`, or its name where that is not known."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{Path(code.co_filename).name}, line {code.co_firstlineno}" if code else str(function)


def accepts(function: Callable, name: str) -> bool:
    """Return whether a function takes an argument of this name."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters.values())
