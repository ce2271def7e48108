"""Virtual trials: wall time, time per person and memory.

Usage:
    python benchmarks/trial.py                      # 500 people of ELIANA with its policy
    python benchmarks/trial.py --subjects 100000    # many people: memory must not grow
    python benchmarks/trial.py --trial zuma1 --policy none --threads 1
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from machine import describe_machine

__all__ = ["main"]

MIB = 1 << 20


def peak() -> float:
    """Return the largest memory of this process so far, MiB."""
    import resource

    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / MIB


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trial", default="eliana")
    parser.add_argument("--subjects", type=int, default=500)
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--policy", default=None)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    from livingdrug.trial.compare import compare_trial, model_scores
    from livingdrug.trial.run import plan_trial, run_trial

    imported = peak()
    begin = time.perf_counter()
    plan = plan_trial(arguments.trial, days=arguments.days, policy=arguments.policy)
    run_trial(plan, 2, seed=2, threads=1)  # compile, or load what is compiled
    warm = time.perf_counter()
    made = run_trial(plan, arguments.subjects, seed=1, threads=arguments.threads)
    ran = time.perf_counter()
    rows = compare_trial(plan.trial, made.people, seed=1)
    done = time.perf_counter()
    scores = model_scores(rows)
    print(
        json.dumps(
            {
                "trial": arguments.trial,
                "policy": plan.policy,
                "subjects": arguments.subjects,
                "days": arguments.days,
                "threads": arguments.threads,
                "plan_and_compile_s": round(warm - begin, 2),
                "run_s": round(ran - warm, 2),
                "compare_s": round(done - ran, 2),
                "ms_per_person": round(1000 * (ran - warm) / arguments.subjects, 3),
                "peak_memory_MiB": round(peak()),
                "of_which_import_MiB": round(imported),
                "not_simulated": made.not_simulated,
                "treated_percent": round(100 * float(made.people["tocilizumab"].mean()), 1)
                if "tocilizumab" in made.people
                else None,
                "readouts_compared": scores.n,
                "machine": describe_machine(),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
