"""Compile times cold and warm, import time, and the wall time of one command.

    python benchmarks/compile.py

Cold is a fresh cache folder; each figure is a new process. Times are wall seconds: on a busy
machine look at the ratios within a run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe_machine

_HERE = Path(__file__).parent

_MODEL = """
import sys, time
sys.path.insert(0, {here!r})
from networks import make_network
from livingdrug.solve.plan import make_plan
from livingdrug.solve.engines import BACKENDS
from livingdrug.system.compile import compile_model
BACKENDS.get("native")
import livingdrug.solve.backends.native.loop.driver
def once(n):
    model = make_network(n).model()
    begin = time.perf_counter()
    system = compile_model(model)
    plan = make_plan(system, method="rodas5p", rtol=1e-6, atol=None, extinction="model", seed=0,
                     max_steps=100000)
    kernel = BACKENDS.get("native")().prepare(system, plan)
    return time.perf_counter() - begin
once(5)  # LLVM starts, SciPy and others are imported
print(once({n}), once({n}))
"""

_LOOP = """
import time, warnings
warnings.simplefilter("ignore")
import livingdrug as ld
m = ld.get_model("stein2019")
begin = time.perf_counter()
ld.simulate(m, times=[0, 1], backend="native")
first = time.perf_counter() - begin
begin = time.perf_counter()
ld.simulate(m, times=[0, 1], backend="native")
print(first, time.perf_counter() - begin)
"""

_IMPORT = "import time; b = time.perf_counter(); import livingdrug; print(time.perf_counter() - b)"


def main() -> int:
    """Run the benchmark."""
    print(describe_machine())
    with tempfile.TemporaryDirectory(prefix="cache-") as folder:
        for label in ("empty cache", "filled cache"):
            for n in (10, 40):
                new, again = _python(_MODEL.format(here=str(_HERE), n=n), folder)
                print(f"model to kernel, {n} states, {label}: {new:.3f} s; again {again:.3f} s")
            first, second = _python(_LOOP, folder)
            print(f"first simulate in a process, {label}: {first:.2f} s; second {second:.3f} s")
        times = [_python(_IMPORT, folder)[0] for _ in range(5)]
        print(f"import livingdrug: {statistics.median(times):.3f} s, median of 5")
        print(_command(folder))
    return 0


def _python(text: str, folder: str) -> list[float]:
    environment = {**os.environ, "LIVINGDRUG_CACHE_DIR": folder}
    run = subprocess.run(
        [sys.executable, "-c", text], env=environment, check=True, capture_output=True, text=True
    )
    return [float(word) for word in run.stdout.split()]


def _command(folder: str) -> str:
    environment = {**os.environ, "LIVINGDRUG_CACHE_DIR": folder}
    with tempfile.TemporaryDirectory() as work:
        words = [
            "simulate",
            "kimmel2021",
            "--study",
            "zuma1",
            "--subjects",
            "1000",
            "--plot",
            "z.png",
        ]
        times = []
        for _ in range(4):
            begin = time.perf_counter()
            run = subprocess.run(
                [sys.executable, "-m", "livingdrug", *words, *(["--force"] if times else [])],
                env=environment, cwd=work, check=False, capture_output=True, text=True,
            )  # fmt: skip
            times.append(time.perf_counter() - begin)
            if run.returncode:
                return f"livingdrug {' '.join(words)}: exit {run.returncode}: {run.stderr[-400:]}"
    shown = ", ".join(f"{value:.2f}" for value in times[1:])
    return f"livingdrug {' '.join(words)}: first {times[0]:.2f} s; then {shown} s"


if __name__ == "__main__":
    sys.exit(main())
