"""A process that measures: it reads requests from standard input and answers on standard output.

A request is a JSON line: {"prepare": seconds, "contender": ..., "workload": ...}, {"take": true, "contender": ...,
"workload": ...}, {"forget": true, "contender": ..., "workload": ...}, {"memory": true} or {"environment": true}. The
answers are null, the numbers of a `Turn`, null, the peak memory in MB, and what Keras runs on.
"""

import json
import logging
import multiprocessing
import os
import pathlib
import resource
import subprocess
import sys
from dataclasses import asdict

from harness.base.environment import environment_of_children, use_one_blas_thread
from harness.base.errors import ModelError
from harness.bench.plan import Contender, Workload
from harness.experiments.model_names import BACKENDS


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

    def ask(self, **request):
        """Send a request, and return the answer."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise ModelError(f"the process of {self._contender.name} ended with exit code {self._process.wait()}")
        return json.loads(answer)

    def prepare(self, contender: Contender, workload: Workload, least_seconds: float = 0.0) -> None:
        """Build, compile, and take what does not count, for turns that last so many seconds at least."""
        self.ask(prepare=least_seconds, contender=asdict(contender), workload=asdict(workload))

    def forget(self, contender, workload) -> None:
        """Let go of what was prepared."""
        self.ask(forget=True, contender=asdict(contender), workload=asdict(workload))

    def take(self, contender, workload):
        """Return a `Turn`."""
        from harness.bench.contenders import Turn

        return Turn(**self.ask(take=True, contender=asdict(contender), workload=asdict(workload)))

    def peak_memory(self):
        """Return the largest resident memory so far in MB."""
        return self.ask(memory=True)

    def environment(self):
        """Return the versions, threads and devices of Keras."""
        return self.ask(environment=True)

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve(requests, answers) -> None:
    """Answer requests until there are no more."""
    from harness.bench.contenders import Turns
    from harness.bench.products import ProductTurns

    turns = {}
    for line in requests:
        request = json.loads(line)
        answer = None
        if "memory" in request:
            answer = peak_memory()
        elif "environment" in request:
            import keras_model

            answer = keras_model.describe_environment()
        else:
            contender, workload = Contender(**request["contender"]), Workload(**request["workload"])
            if "take" in request:
                answer = asdict(turns[contender, workload].take())
            elif "forget" in request:
                del turns[contender, workload]
            elif contender.library == "blas":
                turns[contender, workload] = ProductTurns(workload, request["prepare"])
            else:
                turns[contender, workload] = Turns(contender, workload, request["prepare"])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def peak_memory():
    """Return the largest resident memory of this process so far in MB, with what its helpers have for themselves."""
    own = own_peak()
    return (own + sum(private_memory(child.pid) for child in multiprocessing.active_children())) / 1024


def own_peak() -> float:
    """Return the largest resident memory of this process so far in kilobytes.

    What `getrusage` gives is on Linux no less than what the process that started this one had.
    """
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return float(line.split()[1])
    kilobytes = 1024 if sys.platform == "darwin" else 1  # macOS counts in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / kilobytes


def private_memory(pid):
    """Return the kilobytes of memory that a process shares with no other."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def main() -> None:
    """Set the threads, then import and serve."""
    contender = Contender(**json.loads(sys.argv[1]))
    use_one_blas_thread()
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if contender.library == "keras" or contender.library in BACKENDS:
        os.environ["KERAS_MODEL_BACKEND"] = BACKENDS.get(contender.library, "tensorflow")
        import keras_model
        from keras_model.settings import keras_settings

        keras_model.set_threads(contender.threads)
        # TensorFlow would warn that models are traced again and again, but they are new ones.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        with keras_settings("float32"):
            serve(sys.stdin, answers)
        return
    if contender.threads:
        import numpy_model

        numpy_model.config.set_threads(contender.threads)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
