"""C with SUNDIALS CVODE: BDF, dense matrix, analytic Jacobian, compiled for each problem."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from problems import Problem, print_lines

__all__ = ["Cvode"]

_HEADER = "cvode/cvode.h"
_FOLDERS = ("/usr/include", "/usr/local/include", "/opt/homebrew/include")

_PROGRAM = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#define N %(n)d
#define P %(p)d
#define S %(s)d
#define exp_ exp
#define log_ log
#define log1p_ log1p
#define expm1_ expm1
#define log10_ log10
#define sqrt_ sqrt
#define tanh_ tanh
#define sinh_ sinh
#define cosh_ cosh
#define sin_ sin
#define cos_ cos
#define tan_ tan
#define pow_ pow
#define abs_ fabs
#define min_ fmin
#define max_ fmax
#define truth_(x) ((x) != 0.0)
#define number_(x) ((x) ? 1.0 : 0.0)
#define select_(c, a, b) ((c) ? (a) : (b))
#define safe_ratio_(a, b, z) ((b) == 0.0 ? (z) : (a) / (b))
static inline double hill_(double x, double k, double n)
{ double a; if (x <= 0) return 0; a = pow(x, n); return a / (pow(k, n) + a); }
static inline double hill_dx_(double x, double k, double n)
{ double a, b; if (x <= 0) return 0; a = pow(x, n); b = pow(k, n);
  return n * a * b / (x * (a + b) * (a + b)); }
static inline double hill_dk_(double x, double k, double n)
{ double a, b; if (x <= 0) return 0; a = pow(x, n); b = pow(k, n);
  return -n * a * b / (k * (a + b) * (a + b)); }
static double p[P + 1], s[S + 1];
static const int is_log[N] = {%(logs)s};
static long calls;
static int rhs(double t, N_Vector yv, N_Vector fv, void *u)
{ const double *y = NV_DATA_S(yv); double *f = NV_DATA_S(fv);
%(rhs)s
  for (int i = 0; i < N; i++) if (is_log[i]) f[i] *= y[i];
  (void)t; (void)u; calls++; return 0; }
static int jac(double t, N_Vector yv, N_Vector fv, SUNMatrix m, void *u, N_Vector a, N_Vector b,
               N_Vector c)
{ const double *y = NV_DATA_S(yv); const double *f = NV_DATA_S(fv); static double j[N * N];
%(jac)s
  for (int i = 0; i < N; i++) for (int k = 0; k < N; k++)
    SM_ELEMENT_D(m, i, k) = is_log[i]
      ? y[i] * j[i * N + k] + (i == k && y[i] != 0 ? f[i] / y[i] : 0.0) : j[i * N + k];
  (void)t; (void)u; (void)a; (void)b; (void)c; return 0; }
static double now(void)
{ struct timespec q; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &q);
  return q.tv_sec + 1e-9 * q.tv_nsec; }
int main(int argc, char **argv)
{ FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
  double head[4]; if (argc < 3 || !in || !out || fread(head, 8, 4, in) != 4) return 1;
  int subjects = (int)head[0], times = (int)head[1]; double rtol = head[2];
  int repeats = (int)head[3];
  double *grid = malloc(8 * times), *atol = malloc(8 * N);
  if (fread(grid, 8, times, in) != times || fread(atol, 8, N, in) != N) return 1;
  double *table = malloc(8 * (size_t)subjects * (P + N)); int *pieces = malloc(4 * subjects);
  double **ends = malloc(8 * subjects), **truth = malloc(8 * subjects);
  for (int i = 0; i < subjects; i++) { double k;
    if (fread(table + (size_t)i * (P + N), 8, P + N, in) != P + N) return 1;
    if (fread(&k, 8, 1, in) != 1) return 1;
    pieces[i] = (int)k; ends[i] = malloc(8 * pieces[i]); truth[i] = malloc(8 * (S * pieces[i] + 1));
    if (fread(ends[i], 8, pieces[i], in) != pieces[i]) return 1;
    if (fread(truth[i], 8, S * pieces[i], in) != S * pieces[i]) return 1; }
  double *result = malloc(8 * (size_t)subjects * times * N);
  SUNContext context; SUNContext_Create(NULL, &context);
  N_Vector y = N_VNew_Serial(N, context), av = N_VNew_Serial(N, context);
  for (int i = 0; i < N; i++) NV_Ith_S(av, i) = atol[i];
  SUNMatrix matrix = SUNDenseMatrix(N, N, context);
  SUNLinearSolver solver = SUNLinSol_Dense(y, matrix, context);
  void *mem = CVodeCreate(CV_BDF, context);
  for (int i = 0; i < N; i++) NV_Ith_S(y, i) = 1.0;
  CVodeInit(mem, rhs, 0.0, y); CVodeSVtolerances(mem, rtol, av);
  CVodeSetLinearSolver(mem, solver, matrix); CVodeSetJacFn(mem, jac);
  CVodeSetMaxNumSteps(mem, 1000000); CVodeSetErrFile(mem, NULL);
  double best = 1e300; long steps = 0; int failed = 0;
  for (int r = 0; r < repeats; r++) { double begin = now(); steps = 0; failed = 0;
    for (int i = 0; i < subjects; i++) { const double *row = table + (size_t)i * (P + N);
      for (int k = 0; k < P; k++) p[k] = row[k];
      for (int k = 0; k < N; k++) NV_Ith_S(y, k) = row[P + k];
      double t = 0.0; int place = 0, flag = 0; long done = 0;
      double *to = result + (size_t)i * times * N;
      for (int q = 0; q < pieces[i] && flag >= 0; q++) {
        for (int k = 0; k < S; k++) s[k] = truth[i][q * S + k];
        CVodeReInit(mem, t, y); CVodeSetStopTime(mem, ends[i][q]);
        for (; place < times && (grid[place] < ends[i][q] || q == pieces[i] - 1); place++) {
          if (grid[place] > t) flag = CVode(mem, grid[place], y, &t, CV_NORMAL);
          if (flag < 0) break;
          for (int k = 0; k < N; k++) to[place * N + k] = NV_Ith_S(y, k); }
        if (flag >= 0 && q < pieces[i] - 1) while (t < ends[i][q] && flag >= 0)
          flag = CVode(mem, ends[i][q], y, &t, CV_NORMAL);
        CVodeGetNumSteps(mem, &done); steps += done; }
      if (flag < 0) { failed++; for (; place < times; place++)
        for (int k = 0; k < N; k++) to[place * N + k] = NAN; } }
    double took = now() - begin; if (took < best) best = took; }
  fwrite(result, 8, (size_t)subjects * times * N, out); fclose(out);
  printf("%%.9g %%ld %%d\n", best, steps, failed); return 0; }
"""


class Cvode:
    """C + CVODE."""

    name = "C + CVODE"

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.folder = tempfile.TemporaryDirectory(prefix="cvode-")
        n = problem.n_states
        rhs = print_lines(problem.rhs, declare="const double ", end=";")
        rhs = [_plain_store(line, "f") for line in rhs]
        jac = [
            _plain_store(x, "j")
            for x in print_lines(problem.jacobian, declare="const double ", end=";")
        ]
        source = _PROGRAM % {
            "n": n,
            "p": problem.constants.shape[1],
            "s": len(problem.system.switches),
            "logs": ", ".join(str(int(flag)) for flag in problem.log_states),
            "rhs": "\n".join(rhs),
            "jac": "\n".join(jac),
        }
        folder = Path(self.folder.name)
        (folder / "run.c").write_text(source)
        command = ["gcc", "-O3", "-march=native", "-w", "-o", "run", "run.c", "-lsundials_cvode"]
        command += [
            "-lsundials_nvecserial",
            "-lsundials_sunmatrixdense",
            "-lsundials_sunlinsoldense",
            "-lm",
        ]
        subprocess.run(command, cwd=folder, check=True)

    @staticmethod
    def missing() -> str:
        """Say why this cannot run; empty when it can."""
        if not shutil.which("gcc"):
            return "no gcc"
        if not any((Path(folder) / _HEADER).exists() for folder in _FOLDERS):
            return "no SUNDIALS headers (Debian: libsundials-dev)"
        return ""

    def run(self, rtol: float, n: int, repeats: int = 1) -> tuple[NDArray[np.float64], float]:
        """Run the first `n` subjects; values (n, times, states) and CPU seconds."""
        problem, folder = self.problem, Path(self.folder.name)
        parts: list[object] = [
            [n, problem.times.size, rtol, repeats],
            problem.times,
            problem.atol(rtol),
        ]
        for row in range(n):
            pieces = problem.stops[row]
            parts += [problem.constants[row], problem.start[row], [len(pieces)]]
            parts += [[end for end, _ in pieces], [x for _, truth in pieces for x in truth]]
        flat = np.concatenate([np.asarray(part, dtype=float).ravel() for part in parts])
        flat.tofile(folder / "in")
        run = subprocess.run(
            ["./run", "in", "out"], cwd=folder, check=True, capture_output=True, text=True
        )
        seconds, steps, _ = run.stdout.split()
        self.steps = int(steps) / n
        values = np.fromfile(folder / "out").reshape(n, problem.times.size, problem.n_states)
        return values, float(seconds)


def _plain_store(line: str, group: str) -> str:
    """Take the declaration off a line that stores into an array."""
    return line.removeprefix("const double ") if line.startswith(f"const double {group}[") else line
