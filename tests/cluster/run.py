#!/usr/bin/env python3
"""Run the scenarios on real servers.

run.py [--chandra FILE | --peer] [--jobs N] [--keep] [PATTERN...]
Prints a line for each scenario, what went wrong, and "N passed, N failed". Scenarios run side by side, and every one has
time limits; one that fails in that crowd is run once more by itself, and it is that run that counts. With --peer kube-scheduler of the same
release takes chandra's place, which shows that a scenario is right. A PATTERN selects by part of a title.
"""
import argparse
import importlib
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "scenarios")]

from scene import SCENARIOS, Scene  # noqa: E402
from scheduler import Chandra, Peer  # noqa: E402
from stage import Stage  # noqa: E402

# Slow ones first, so that they do not end alone.
FILES = ("faults", "sharing", "changes", "security", "claims", "policies", "explain", "examples", "mending")


class Results:
    def __init__(self):
        self.lock = threading.Lock()
        self.passed = self.failed = 0
        self.doubtful = []

    def doubt(self, scenario, seconds, problem):
        with self.lock:
            self.doubtful.append(scenario)
            print(f"again  cluster: {scenario[1]} ({seconds:.1f} s)\n{problem}", flush=True)

    def add(self, title, seconds, problem=None):
        with self.lock:
            self.passed += not problem
            self.failed += bool(problem)
            print(f"{'FAILED' if problem else 'ok    '} cluster: {title} ({seconds:.1f} s)", flush=True)
            if problem:
                print(problem, flush=True)


def run_scenario(stage, results, number, title, function, is_last=True):
    begin = time.monotonic()
    problem = scene = None
    try:
        scene = Scene(stage, f"s{number:02d}-{function.__name__.replace('_', '-')}")
        function(scene)
        scene.settle()
    except Exception:  # whatever a scenario meets is its result
        problem = traceback.format_exc(limit=-3)
    finally:
        if scene:
            scene.close()
    if problem and not is_last:
        results.doubt((number + 100, title, function), time.monotonic() - begin, problem)
    else:
        results.add(title, time.monotonic() - begin, problem)


def chosen(options, kind):
    for number, (title, function, alone, only) in enumerate(SCENARIOS):
        if only in (None, kind) and (not options.pattern or any(part in title for part in options.pattern)):
            yield number, title, function, alone


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chandra", default=os.environ.get("CHANDRA_BIN"), help="the command (default: $CHANDRA_BIN)")
    parser.add_argument("--peer", action="store_true", help="run kube-scheduler in chandra's place")
    parser.add_argument("--jobs", type=int, default=6, help="scenarios at a time (default: 6)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs even if all is well")
    parser.add_argument("pattern", nargs="*")
    options = parser.parse_args()
    if not options.peer and not options.chandra:
        parser.error("say which chandra to test: --chandra FILE, or --peer")
    for name in FILES:
        importlib.import_module(name)
    flavour = Peer() if options.peer else Chandra(os.path.abspath(options.chandra))
    folder = tempfile.mkdtemp(prefix="chandra-cluster-")
    results = Results()
    stage = Stage(folder, flavour)
    try:
        stage.open()
        selected = list(chosen(options, flavour.kind))
        with ThreadPoolExecutor(options.jobs) as pool:
            for number, title, function, alone in selected:
                if not alone:
                    pool.submit(run_scenario, stage, results, number, title, function, is_last=False)
        for scenario in results.doubtful:
            run_scenario(stage, results, *scenario)
        stage.is_disturbed = True
        for number, title, function, alone in selected:
            if alone:
                run_scenario(stage, results, number, title, function)
        results.add("the scheduler that most scenarios share ends when it is told to", 0, stage.end_scheduler())
        if flavour.kind == "chandra" and not options.pattern:
            stage.check_requests(lambda title, wrong: results.add(title, 0, wrong and str(sorted(wrong))))
    finally:
        stage.close()
    if options.keep or results.failed:
        print("logs are in " + folder)
    else:
        shutil.rmtree(folder)
    if stage.mended:
        print(f"pods whose claim names the claim controller had lost: {', '.join(stage.mended)}")
    print(f"{results.passed} passed, {results.failed} failed")
    sys.exit(results.failed > 0)


if __name__ == "__main__":
    main()
