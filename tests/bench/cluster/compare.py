#!/usr/bin/env python3
"""Measure chandra schedule beside kube-scheduler 1.30.1 and the ideal, on one cluster, in turns.

Each case makes nodes, and pods with delayed claims from a template, which the release's test driver serves. The ideal
makes three writes for a pod and decides nothing: no scheduler can do better. Printed are medians over the rounds, and
ratios of medians. Writes are a scheduler's own for each pod, from the audit log; Events are counted apart.
"""
import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, fields

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "cluster", "lib")]

import load  # noqa: E402
from api import path  # noqa: E402
from scheduler import Chandra, Peer, Scheduler  # noqa: E402
from servers import Cluster  # noqa: E402

CASES = {
    "many": load.Case("100 nodes, 500 pods, one claim each", 100, 500, 1),
    "few": load.Case("20 nodes, 50 pods, one claim each", 20, 50, 1),
    "two": load.Case("100 nodes, 250 pods, two claims of one driver each", 100, 250, 2),
}
DRIVER = {"DriverName": "bench.example.com", "NodeLocal": True, "NodeLabels": {"bench": "yes"}, "MaxAllocations": 40}
# What chandra must reach: case, field, against whom, at least or at most, the ratio or the value.
GOALS = [
    ("many", "pods_per_second", "ideal", ">=", 0.9),
    ("many", "pods_per_second", "peer", ">=", 2.0),
    ("many", "memory", "peer", "<=", 0.25),
    ("many", "cpu", "peer", "<=", 0.25),
    ("many", "writes", None, "<=", 3.1),
    ("few", "median", "peer", "<=", 0.2),
    ("two", "pods_per_second", "peer", ">=", 1.8),
]


class Ideal:
    def arguments(self, cluster, name, kubeconfig, *_):
        return [sys.executable, "-B", os.path.join(HERE, "ideal.py"), kubeconfig, name]


@dataclass
class Contestant:
    name: str  # also its schedulerName
    program: object
    user: str  # also the user that the audit log knows it by


class Bench:
    def __init__(self, folder, binary):
        self.cluster = Cluster(folder)
        # All are the same kind of user, so that authorization costs each of them the same.
        self.contestants = [Contestant("chandra", Chandra(binary), "chandra"), Contestant("peer", Peer(), "peer"),
                            Contestant("ideal", Ideal(), "ideal")]
        self.nodes = 0
        self.runs = 0

    def open(self):
        self.cluster.start()
        self.cluster.start_driver(DRIVER)
        self.cluster.api.create(path("resourceclasses"), {
            "metadata": {"name": load.CLASS}, "driverName": DRIVER["DriverName"]})

    def set_nodes(self, count):
        for number in range(count, self.nodes):
            self.cluster.api.delete(path("nodes", name=f"bench-{number:04d}"))
        for number in range(self.nodes, count):
            self.cluster.add_node(f"bench-{number:04d}", {"bench": "yes"})
        self.nodes = count

    def start(self, contestant):
        kubeconfig = self.cluster.write_kubeconfig(contestant.name + ".kubeconfig",
                                                   {"token": self.cluster.tokens[contestant.user]})
        self.runs += 1
        scheduler = Scheduler(contestant.program, self.cluster, contestant.name, kubeconfig,
                              f"{contestant.name}-{self.runs}").start()
        time.sleep(3)  # it fills its caches
        return scheduler

    def run(self, contestant, case):
        self.set_nodes(case.nodes)
        scheduler = self.start(contestant)
        try:
            return load.measure(self.cluster, case, f"{contestant.name}-{self.runs}", contestant,
                                scheduler.process.pid)
        finally:
            scheduler.kill()

    def grow(self, contestant, pods, step=500):
        """Resident memory after each step of pods that come and go."""
        self.set_nodes(100)
        scheduler = self.start(contestant)
        try:
            for begin in range(0, pods, step):
                case = load.Case("", 100, step, 1)
                result = load.measure(self.cluster, case, f"grow-{self.runs}-{begin}", contestant,
                                      scheduler.process.pid)
                print(f"{begin + result.bound:6d} pods  {result.memory:8.1f} MB  {result.pods_per_second:6.1f} pods/s",
                      flush=True)
        finally:
            scheduler.kill()


def median(results):
    return load.Result(**{field.name: statistics.median(getattr(result, field.name) for result in results)
                          for field in fields(load.Result)})


def row(name, result):
    return (f"{name:10s} {result.bound:6.0f} {result.pods_per_second:8.1f} {result.median:9.2f} {result.writes:10.2f} "
            f"{result.events:10.2f} {result.cpu:7.2f} {result.switches:9.1f} {result.memory:8.1f} {result.left:9.0f}")


def compare(bench, chosen, rounds):
    medians = {}
    for name in chosen:
        case = CASES[name]
        print(f"\n{case.title}\n{'':10s}  bound   pods/s  median s  writes/pod events/pod   CPU s waits/pod   RSS MB  contexts",
              flush=True)
        results = {contestant.name: [] for contestant in bench.contestants}
        for number in range(rounds):
            for contestant in bench.contestants[number % 3:] + bench.contestants[:number % 3]:
                results[contestant.name].append(bench.run(contestant, case))
                print(row(contestant.name, results[contestant.name][-1]), flush=True)
        medians[name] = {contestant: median(found) for contestant, found in results.items()}
    return medians


def judge(medians):
    """Print each goal and what was reached; whether all were."""
    is_good = True
    print("\nmedians")
    for case, field, other, sign, goal in GOALS:
        if case not in medians:
            continue
        value = getattr(medians[case]["chandra"], field)
        if other:
            value /= getattr(medians[case][other], field)
        is_met = value >= goal if sign == ">=" else value <= goal
        is_good = is_good and is_met
        what = f"{field} of chandra" + (f" / {other}" if other else "")
        print(f"{'ok    ' if is_met else 'MISSED'} {case:5s} {what:35s} {value:7.3f}   goal {sign} {goal}")
    return is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each scheduler in each case (default: 3)")
    parser.add_argument("--grow", type=int, metavar="PODS", help="only watch chandra's memory over so many pods")
    parser.add_argument("case", nargs="*", help="of: " + ", ".join(CASES))
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="chandra-bench-")
    bench = Bench(folder, os.path.abspath(os.environ["CHANDRA_BIN"]))
    is_good = True
    try:
        bench.open()
        if options.grow:
            bench.grow(bench.contestants[0], options.grow)
        else:
            is_good = judge(compare(bench, options.case or list(CASES), options.rounds))
    finally:
        bench.cluster.stop()
        shutil.rmtree(folder)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
