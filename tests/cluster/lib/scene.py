# scene.py - what a scenario works with: a namespace, nodes, drivers, claims and pods of its own on a running cluster.
import json
import threading
import time

from api import JSON, ApiError, path
from mend import Mender
from properties import broken_properties
from proxy import Proxy
from scheduler import Scheduler

SCENARIOS = []
DELAYED = "WaitForFirstConsumer"
IMMEDIATE = "Immediate"


def scenario(title, alone=False, only=None):
    """Register a function as a scenario. An `alone` one disturbs the servers; `only` names the one kind of scheduler
    that it is meant for."""
    def register(function):
        SCENARIOS.append((title, function, alone, only))
        return function
    return register


class Failure(AssertionError):
    """A scenario did not come out as it must."""


class History:
    """Every version of the claims of a namespace, as a watch tells them."""

    def __init__(self, api, namespace):
        self.events = []
        self.stopped = threading.Event()
        where = path("resourceclaims", namespace)
        version = api.get(where)["metadata"]["resourceVersion"]
        threading.Thread(target=self.follow, args=(api, where, version), daemon=True).start()

    def follow(self, api, where, version):
        while not self.stopped.is_set():
            try:
                for kind, claim in api.watch(where, version, self.stopped):
                    version = claim["metadata"]["resourceVersion"]
                    if kind != "BOOKMARK":
                        self.events.append(claim)
            except (OSError, ValueError, KeyError):
                time.sleep(0.2)  # the server restarts

    def rises(self, is_true):
        """How often the predicate became true, by claim name."""
        before, result = {}, {}
        for claim in self.events:
            name, now = claim["metadata"]["name"], bool(is_true(claim.get("status", {})))
            result[name] = result.get(name, 0) + (now and not before.get(name, False))
            before[name] = now
        return result

    def allocations(self, name):
        return self.rises(lambda status: "allocation" in status).get(name, 0)

    def deallocations(self, name=None):
        """Requests to deallocate a claim, or any."""
        rises = self.rises(lambda status: status.get("deallocationRequested"))
        return rises.get(name, 0) if name else sum(rises.values())


class Scene:
    """One running scenario."""

    def __init__(self, stage, namespace):
        self.stage = stage
        self.cluster = stage.cluster
        self.api = stage.cluster.api
        self.namespace = namespace
        self.scheduler_name = stage.scheduler_name
        self.schedulers = []
        self.programs = []
        self.proxies = []
        self.node_count = 0
        self.api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        self.history = History(self.api, namespace)
        self.mender = Mender(self.api, namespace)

    @property
    def is_chandra(self):
        return self.stage.flavour.kind == "chandra"

    def path(self, resource, name=None, subresource=None):
        return path(resource, self.namespace, name, subresource)

    def get(self, resource, name):
        return self.api.find(self.path(resource, name))

    def delete(self, resource, *names):
        for name in names:
            self.api.delete(self.path(resource, name))

    # What the world holds.

    def nodes(self, count=3, labels=None, **more):
        """Add nodes of this scene; pods of other scenes do not run on them."""
        names = []
        for _ in range(count):
            self.node_count += 1
            names.append(f"{self.namespace}-node-{self.node_count}")
            self.cluster.add_node(names[-1], {"scene": self.namespace, **(labels or {})}, **more)
        return names

    def device(self, name="device", local=False, limit=0, shareable=False, nodes=None, suitable=None, reserves=True):
        """Start a test driver for the nodes of the scene, and make a class for it; the name of the class. `limit` is
        how many claims a local driver allocates on each node, and any other in all (0: no limit)."""
        driver = f"{name}.{self.namespace}.example.com"
        config = {"DriverName": driver, "NodeLocal": local, "MaxAllocations": limit, "Shareable": shareable,
                  "DontSetReservedFor": not reserves}
        config.update({"Nodes": nodes} if nodes is not None else {"NodeLabels": {"scene": self.namespace}})
        self.programs.append(self.cluster.start_driver(config))
        return self.resource_class(f"{self.namespace}-{name}", driver, suitable)

    def resource_class(self, name, driver, suitable=None):
        body = {"metadata": {"name": name}, "driverName": driver}
        if suitable:
            body["suitableNodes"] = having(suitable)
        self.api.create(path("resourceclasses"), body)
        return name

    def claim(self, name, device, mode=DELAYED):
        """Make a claim; what a pod's entry names it by."""
        self.api.create(self.path("resourceclaims"), {
            "metadata": {"name": name}, "spec": {"resourceClassName": device, "allocationMode": mode}})
        return {"resourceClaimName": name}

    def template(self, name, device, mode=DELAYED):
        self.api.create(self.path("resourceclaimtemplates"), {
            "metadata": {"name": name}, "spec": {"spec": {"resourceClassName": device, "allocationMode": mode}}})
        return {"resourceClaimTemplateName": name}

    def pod(self, name, *sources, containers=1, **spec):
        """Create a pod with one claim for each source, which all of its containers use: so many, or these."""
        entries = [f"entry-{number}" for number in range(len(sources))]
        if isinstance(containers, int):
            resources = {"claims": [{"name": entry} for entry in entries]}
            containers = [{"name": f"main-{number}", "image": "none", "resources": resources}
                          for number in range(containers)]
        self.api.create(self.path("pods"), {"metadata": {"name": name}, "spec": {
            "schedulerName": self.scheduler_name,
            "nodeSelector": {"scene": self.namespace},
            "terminationGracePeriodSeconds": 0,
            "containers": containers,
            "resourceClaims": [{"name": entry, "source": source} for entry, source in zip(entries, sources)],
            **spec}})
        return name

    def pods(self, count, *sources, prefix="pod"):
        return [self.pod(f"{prefix}-{number}", *sources) for number in range(1, count + 1)]

    # Who schedules.

    def kubeconfig(self, proxy=None, user=None):
        name = f"{self.namespace}-{len(self.schedulers) + 1}.kubeconfig"
        return self.cluster.write_kubeconfig(name, user or self.stage.user(), proxy and proxy.server)

    def scheduler(self, proxy=None, user=None, kubeconfig=None, **options):
        """Start a scheduler for this scene alone, which the scene may disturb."""
        self.scheduler_name = self.namespace
        log = f"scheduler-{self.namespace}-{len(self.schedulers) + 1}"
        kubeconfig = kubeconfig or self.kubeconfig(proxy, user)
        scheduler = Scheduler(self.stage.flavour, self.cluster, self.namespace, kubeconfig, log, **options)
        self.schedulers.append(scheduler)
        return scheduler.start()

    def run(self, arguments):
        """Start any other program, which ends with the scene."""
        self.programs.append(self.cluster.run("program-" + self.namespace, arguments))
        return self.programs[-1]

    def proxy(self, *arguments, **options):
        self.proxies.append(Proxy(self.cluster, *arguments, **options))
        return self.proxies[-1]

    # What comes of it.

    def wait(self, what, check, seconds=40):
        """What `check` returns as soon as it is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                result = check()
            except (OSError, ApiError):
                if not self.stage.is_disturbed:
                    raise
                result = None
            if result:
                return result
            if not self.stage.scheduler.process.is_running():
                raise Failure("the scheduler ended: " + self.stage.scheduler.process.output()[-2000:])
            if time.monotonic() > end:
                raise Failure(f"not within {seconds} s: {what}\n{self.describe()}")
            time.sleep(0.1)

    def bound(self):
        """Node by pod of those that are bound."""
        pods = self.api.list(self.path("pods"))
        self.mender.mend(pods)
        return {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}

    def wait_bound(self, *names, seconds=40):
        """Wait until these pods are bound; their nodes in this order."""
        def check():
            nodes = self.bound()
            return nodes if all(name in nodes for name in names) else None
        nodes = self.wait("bound: " + ", ".join(names), check, seconds)
        return [nodes[name] for name in names]

    def wait_unschedulable(self, name, because=None):
        """Wait until the scheduler said that the pod cannot be placed; chandra must also say why."""
        def check():
            message = self.unschedulable_message(name)
            return message is not None and (not self.is_chandra or not because or because in message)
        self.wait(f"{name} is unschedulable" + (f": {because}" if because else ""), check)
        self.expect(name not in self.bound(), f"{name} is bound")

    def unschedulable_message(self, name):
        reasons = ("Unschedulable", "SchedulerError")
        for condition in (self.get("pods", name) or {}).get("status", {}).get("conditions", []):
            if condition["type"] == "PodScheduled" and condition.get("reason") in reasons:
                return condition.get("message", "")
        return None

    def wait_allocated(self, name):
        return self.wait(f"claim {name} is allocated", lambda: (self.get("resourceclaims", name) or {}).get(
            "status", {}).get("allocation"))

    def wait_gone(self, resource, *names):
        self.wait(f"gone: {resource} {' '.join(names)}",
                  lambda: not any(self.get(resource, name) for name in names))

    def users(self, claim):
        """The pods that a claim is reserved for."""
        status = (self.get("resourceclaims", claim) or {}).get("status", {})
        return sorted(user["name"] for user in status.get("reservedFor", []))

    def expect(self, truth, otherwise):
        if not truth:
            raise Failure(f"{otherwise}\n{self.describe()}")

    def expect_equal(self, want, got, what):
        self.expect(want == got, f"{what}: want {want}, got {got}")

    def settle(self, seconds=20):
        """Wait until everything is as it must be whenever nothing more happens."""
        def check():
            broken[:] = broken_properties(self.api, self.namespace, self.is_chandra)
            return not broken
        broken = []
        try:
            self.wait("the cluster is at rest", check, seconds)
        except Failure as failure:
            raise Failure("\n".join([*broken, str(failure)])) from None

    def describe(self):
        """What is in the namespace, for whoever reads about a failure: pods that wait first."""
        lines = [("pods that are bound", json.dumps(self.bound()))]
        for pod in self.api.list(self.path("pods")):
            if "nodeName" not in pod["spec"]:
                lines.append(("pod " + pod["metadata"]["name"], json.dumps(pod["status"])))
        for context in self.api.list(self.path("podschedulingcontexts")):
            lines.append(("context " + context["metadata"]["name"], json.dumps([context["spec"], context["status"]])))
        for claim in self.api.list(self.path("resourceclaims")):
            lines.append(("claim " + claim["metadata"]["name"], json.dumps(claim["status"])))
        return "\n".join(f"  {what}: {text[:300]}" for what, text in lines[:12])

    def close(self):
        """Leave nothing that works on, and no pods or nodes in the way of other scenes."""
        self.history.stopped.set()
        self.stage.mended += [f"{self.namespace}/{name}" for name in self.mender.mended]
        for scheduler in self.schedulers:
            scheduler.kill()
        self.api.request("DELETE", self.path("pods"), {"gracePeriodSeconds": 0}, JSON)
        self.api.delete("/api/v1/nodes?labelSelector=scene%3D" + self.namespace)
        for process in self.programs:
            process.stop(9)
        for proxy in self.proxies:
            proxy.stop()


def having(labels):
    """A node selector for nodes with these labels."""
    return {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": key, "operator": "In", "values": [value]} for key, value in labels.items()]}]}
