"""A process that measures: it reads requests from standard input and answers on standard output.

A request is a JSON line: {"prepare": seconds, "contender": ..., "workload": ...}, {"take": true, "contender": ...,
"workload": ...}, {"forget": true, "contender": ..., "workload": ...}, {"memory": true} or {"environment": true}. The
answers are the number of parameters or why the contender cannot be had here, the numbers of a `Turn`, null, the peak
memory in MB, and what the library runs on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from harness.base.environment import environment_of_children, use_one_blas_thread
from harness.base.errors import ModelError
from harness.bench.libraries import environment_of, library_set_up
from harness.bench.memory import peak_memory
from harness.bench.plan import Contender, Workload
from harness.bench.unavailable import UnavailableError

if TYPE_CHECKING:
    from harness.bench.contenders import Turn


class Worker:
    """The caller's end of a worker process.

    Args:
        contender: a `Contender`. The process, until it is closed, measures those of its library and threads.
    """

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.bench.worker", json.dumps(asdict(contender))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment_of_children(),
        )

    def ask(self, **request: Any) -> Any:
        """Send a request, and return the answer."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise ModelError(f"the process of {self._contender.name} ended with exit code {self._process.wait()}")
        return json.loads(answer)

    def prepare(self, contender: Contender, workload: Workload, least_seconds: float = 0.0) -> int | None:
        """Build, compile, and take what does not count, for turns that last so many seconds at least.

        Returns:
            The number of parameters, `None` of a contender without a network.

        Raises:
            UnavailableError: if the contender cannot be had on this machine.
        """
        answer = self.ask(prepare=least_seconds, contender=asdict(contender), workload=asdict(workload))
        if "unavailable" in answer:
            raise UnavailableError(answer["unavailable"])
        return answer["n_parameters"]

    def forget(self, contender: Contender, workload: Workload) -> None:
        """Let go of what was prepared."""
        self.ask(forget=True, contender=asdict(contender), workload=asdict(workload))

    def take(self, contender: Contender, workload: Workload) -> Turn:
        """Return a `Turn`."""
        from harness.bench.contenders import Turn

        return Turn(**self.ask(take=True, contender=asdict(contender), workload=asdict(workload)))

    def peak_memory(self) -> float:
        """Return the largest resident memory so far in MB."""
        return self.ask(memory=True)

    def environment(self) -> dict[str, Any]:
        """Return the versions, threads and devices of the library."""
        return self.ask(environment=True)

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve(own: Contender, requests: Iterable[str], answers: IO[str]) -> None:
    """Answer requests until there are no more.

    Args:
        own: the contender that this process was started for.
        requests, answers: lines of JSON.
    """
    turns = {}
    for line in requests:
        request = json.loads(line)
        answer = None
        if "memory" in request:
            answer = peak_memory()
        elif "environment" in request:
            answer = environment_of(own)
        else:
            key = Contender(**request["contender"]), Workload(**request["workload"])
            if "take" in request:
                answer = asdict(turns[key].take())
            elif "forget" in request:
                del turns[key]
            else:
                try:
                    turns[key] = make_turns(*key, request["prepare"])
                    answer = {"n_parameters": turns[key].n_parameters}
                except UnavailableError as error:
                    answer = {"unavailable": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def make_turns(contender: Contender, workload: Workload, least_seconds: float) -> Any:
    """Return the turns of a contender at a workload, prepared."""
    from harness.bench.contenders import Turns
    from harness.bench.products import ProductTurns

    if contender.library == "blas":
        return ProductTurns(workload, least_seconds)
    return Turns(contender, workload, least_seconds)


def main() -> None:
    """Set the threads, then import and serve."""
    contender = Contender(**json.loads(sys.argv[1]))
    use_one_blas_thread()
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with library_set_up(contender):
        serve(contender, sys.stdin, answers)


if __name__ == "__main__":
    main()
