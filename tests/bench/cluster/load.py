# load.py - creates pods with claims on a cluster, watches them being bound, and counts what that took.
import json
import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from api import path
from mend import Mender

CLASS = "bench"
WRITES = {"create", "update", "patch", "delete"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Case:
    title: str
    nodes: int
    pods: int
    claims: int


@dataclass
class Result:
    bound: int
    pods_per_second: float
    median: float
    writes: float
    events: float
    cpu: float
    switches: float
    memory: float
    left: int


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def switches(pid):
    """How often threads of the process have waited so far: unlike time, little depends on who else runs."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    return total


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def own_writes(audit_log, offset, user, namespace):
    """Writes of a user in the namespace since the offset: all but Events, and Events."""
    writes = events = 0
    with open(audit_log) as file:
        file.seek(offset)
        for line in file:
            event = json.loads(line)
            target = event.get("objectRef") or {}
            if event["user"]["username"] == user and event["verb"] in WRITES and target.get("namespace") == namespace:
                is_event = target["resource"] == "events"
                events += is_event
                writes += not is_event
    return writes, events


class Load:
    """One namespace of pods for one scheduler."""

    def __init__(self, cluster, namespace, scheduler_name, claims):
        self.api = cluster.api
        self.namespace = namespace
        self.scheduler_name = scheduler_name
        self.created, self.bound = {}, {}
        self.stopped, self.is_done = threading.Event(), threading.Event()
        self.entries = [f"entry-{number}" for number in range(claims)]
        self.api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        self.api.create(path("resourceclaimtemplates", namespace), {
            "metadata": {"name": "template"}, "spec": {"spec": {"resourceClassName": CLASS}}})

    def create(self, name):
        self.api.create(path("pods", self.namespace), {"metadata": {"name": name}, "spec": {
            "schedulerName": self.scheduler_name,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "none", "resources": {
                "requests": {"cpu": "10m"}, "claims": [{"name": entry} for entry in self.entries]}}],
            "resourceClaims": [{"name": entry, "source": {"resourceClaimTemplateName": "template"}}
                               for entry in self.entries]}})
        self.created[name] = time.monotonic()

    def watch(self, count):
        where = path("pods", self.namespace)
        version = self.api.get(where)["metadata"]["resourceVersion"]

        def follow():
            for _, pod in self.api.watch(where, version, self.stopped):
                name = pod["metadata"].get("name")
                if pod.get("spec", {}).get("nodeName") and name not in self.bound:
                    self.bound[name] = time.monotonic()
                    if len(self.bound) == count:
                        self.is_done.set()
        threading.Thread(target=follow, daemon=True).start()

    def run(self, count, seconds):
        """Create the pods from eight threads and wait until all are bound."""
        self.watch(count)
        names = [f"pod-{number:05d}" for number in range(count)]
        self.begin = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.create, names))
        mender = Mender(self.api, self.namespace)
        end = self.begin + seconds
        while not self.is_done.wait(3) and time.monotonic() < end:
            if len(self.entries) > 1:
                mender.mend(self.api.list(path("pods", self.namespace)))

    def clean(self):
        """Delete the pods, and wait until the driver has its devices back. How many claims do not go."""
        self.stopped.set()
        claims = path("resourceclaims", self.namespace)
        self.api.request("DELETE", path("pods", self.namespace), {"gracePeriodSeconds": 0})
        end = time.monotonic() + 180
        while time.monotonic() < end and self.api.list(claims):
            time.sleep(0.5)
        return len(self.api.list(claims))


def measure(cluster, case, namespace, flavour, pid, seconds=240):
    """Run a case for a scheduler that is up: pods a second, latency, own writes, time and memory."""
    audit_log = cluster.file("audit.log")
    offset = os.path.getsize(audit_log)
    load = Load(cluster, namespace, flavour.name, case.claims)
    before, switched = cpu_seconds(pid), switches(pid)
    load.run(case.pods, seconds)
    time.sleep(2)  # for what is written after the last binding
    cpu, memory = cpu_seconds(pid) - before, resident_megabytes(pid)
    switched = switches(pid) - switched
    writes, events = own_writes(audit_log, offset, flavour.user, namespace)
    # Those without potential nodes are the claim controller's.
    left = sum("potentialNodes" in context["spec"]
               for context in cluster.api.list(path("podschedulingcontexts", namespace)))
    bound = max(1, len(load.bound))
    latencies = [when - load.created[name] for name, when in load.bound.items()] or [float("nan")]
    elapsed = max(load.bound.values(), default=time.monotonic()) - load.begin
    load.clean()
    return Result(len(load.bound), len(load.bound) / elapsed, statistics.median(latencies), writes / bound,
                  events / bound, cpu, switched / bound, memory, left)
