# changes.py - what the scheduler relies on changes under its hands.
import threading

from api import path
from proxy import FAIR
from scene import scenario


def allocate(scene, name, driver, node):
    """Make a claim that is allocated on one node for nobody, as a driver leaves it."""
    where = scene.path("resourceclaims", name)
    claim = scene.get("resourceclaims", name)
    claim["metadata"]["finalizers"] = [driver + "/deletion-protection"]
    claim = scene.api.replace(where, claim)
    claim["status"] = {"driverName": driver, "allocation": {
        "resourceHandles": [{"driverName": driver}], "availableOnNodes": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}}}
    scene.api.replace(where + "/status", claim)


@scenario("the node of an allocated claim stops fitting: one deallocation, and another node")
def node_stops_fitting(scene):
    left, right = scene.nodes(2)
    claim = scene.claim("claim", scene.device(local=True))
    allocate(scene, "claim", f"device.{scene.namespace}.example.com", left)
    scene.api.merge(f"/api/v1/nodes/{left}", {"spec": {"unschedulable": True}})
    scene.pod("pod", claim)
    scene.expect_equal([right], scene.wait_bound("pod", seconds=60), "the node that still fits")
    scene.expect_equal(1, scene.history.deallocations(), "deallocations")


@scenario("two claims that are stuck on different nodes come together")
def reallocation(scene):
    left, right = scene.nodes(2)
    first = scene.claim("first", scene.device("both", local=True))
    second = scene.claim("second", scene.device("right", local=True, limit=1, nodes=[right]))
    allocate(scene, "first", f"both.{scene.namespace}.example.com", left)
    scene.pod("pod", first, second)
    scene.expect_equal([right], scene.wait_bound("pod", seconds=90), "the node of both drivers")
    # A driver that still sees the old selected node may allocate there once more.
    scene.expect(1 <= scene.history.deallocations() <= 2, f"{scene.history.deallocations()} deallocations")


@scenario("a claim is deleted and recreated under the same name while its pod waits")
def recreated(scene):
    scene.nodes()
    device = scene.device(local=True)
    scene.pod("pod", scene.claim("claim", scene.namespace + "-unknown"))
    scene.wait_unschedulable("pod", "class")
    scene.delete("resourceclaims", "claim")
    scene.wait_gone("resourceclaims", "claim")
    scene.claim("claim", device)
    scene.wait_bound("pod", seconds=60)


@scenario("a claim is deleted while in use, and recreated for the pod that waits")
def deleted_in_use(scene):
    scene.nodes()
    device = scene.device(local=True, shareable=True)
    source = scene.claim("claim", device)
    scene.wait_bound(scene.pod("first", source))
    scene.delete("resourceclaims", "claim")
    scene.pod("second", source)
    threading.Event().wait(2)
    scene.expect("second" not in scene.bound(), "a pod is bound to a claim that is being deleted")
    scene.expect_equal(["first"], scene.users("claim"), "users of the claim that is being deleted")
    scene.delete("pods", "first")
    scene.wait_gone("resourceclaims", "claim")
    scene.claim("claim", device)
    scene.wait_bound("second", seconds=60)


@scenario("a context that belongs to a foreign pod is left alone")
def foreign_context(scene):
    scene.nodes()
    foreign = scene.pod("foreign", schedulerName="nobody")
    owner = {"apiVersion": "v1", "kind": "Pod", "name": foreign, "controller": True,
             "uid": scene.get("pods", foreign)["metadata"]["uid"]}
    spec = {"selectedNode": "nowhere", "potentialNodes": ["nowhere"]}
    scene.api.create(scene.path("podschedulingcontexts"), {
        "metadata": {"name": "pod", "ownerReferences": [owner]}, "spec": spec})
    scene.pod("pod", scene.claim("claim", scene.device()))
    threading.Event().wait(3)
    scene.expect_equal({}, scene.bound(), "bound pods")
    scene.expect_equal(spec, scene.get("podschedulingcontexts", "pod")["spec"], "the foreign context")
    scene.delete("podschedulingcontexts", "pod")
    scene.wait_bound("pod", seconds=60)


@scenario("a context changes before each update of the scheduler")
def context_conflicts(scene):
    scene.nodes()
    sources = [scene.template(name, scene.device(name, local=True)) for name in ("left", "right")]
    conflicts = []

    def change(request):
        if request.method == "PUT" and "/podschedulingcontexts/" in request.path:
            conflicts.append(request)
            scene.api.merge(request.path.split("?")[0], {"metadata": {"labels": {"change": str(len(conflicts))}}})
        return FAIR
    scene.scheduler(scene.proxy(change))
    scene.wait_bound(*scene.pods(3, *sources), seconds=60)
    scene.expect(conflicts, "no context was updated")


@scenario("a pod is deleted after each write of the scheduler")
def pod_deleted(scene):
    scene.nodes()
    left, right = (scene.template(name, scene.device(name, local=True)) for name in ("left", "right"))
    for number in range(1, 9):
        name = f"pod-{number}"
        countdown = Countdown(number, lambda name=name: scene.delete("pods", name))
        scheduler = scene.scheduler(scene.proxy(answered=countdown))
        scene.pod(name, left, right)
        scene.wait("the pod is deleted or bound", lambda name=name: countdown.is_done() or name in scene.bound(), 60)
        scheduler.terminate()
        scene.delete("pods", name)
        scene.wait_gone("pods", name)
        if not countdown.is_done():
            scene.expect(number > 3, f"only {number - 1} writes were seen")
            break
    scene.wait("its claims and contexts are gone", lambda: not scene.api.list(scene.path("resourceclaims")) and
               not scene.api.list(scene.path("podschedulingcontexts")), 60)


class Countdown:
    """Acts after a number of the writes that a proxy saw; only those of the negotiation and its outcome count."""

    ASIDE = ("/events", "/leases", "/selfsubjectaccessreviews")

    def __init__(self, count, act):
        self.count = count
        self.act = act
        self.lock = threading.Lock()
        self.done = threading.Event()

    def __call__(self, request):
        if not request.is_write or any(part in request.path for part in self.ASIDE):
            return
        with self.lock:
            self.count -= 1
            is_now = self.count == 0
        if is_now:
            self.act()
            self.done.set()

    def is_done(self):
        return self.done.is_set()


def main(resources):
    return {"name": "main", "image": "none", "resources": resources}


@scenario("nodes are full, tainted, not ready or unwanted: a pod goes where it can")
def unfit_nodes(scene):
    size = {"pods": "10", "cpu": "2", "memory": "4Gi"}
    full, cordoned, unready = scene.nodes(3, {"zone": "a"}, allocatable=size)
    tainted, = scene.nodes(1, {"zone": "a"}, taints=[{"key": "for", "value": "others", "effect": "NoSchedule"}])
    other, = scene.nodes(1, {"zone": "b"})
    scene.pod("hog", nodeName=full, containers=[main({"requests": {"cpu": "1500m"}})])
    scene.api.merge(f"/api/v1/nodes/{cordoned}", {"spec": {"unschedulable": True}})
    scene.api.merge(f"/api/v1/nodes/{unready}/status", {"status": {"conditions": [
        {"type": "Ready", "status": "False", "reason": "Test", "message": "not ready"}]}})
    scene.api.merge(f"/api/v1/nodes/{unready}", {"spec": {"taints": [
        {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]}})
    device = scene.template("template", scene.device(local=True))
    wants = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["b"]}]}]}}},
        "containers": [main({"requests": {"cpu": "1"}, "claims": [{"name": "entry-0"}]})]}
    scene.pod("picky", device, **wants)
    scene.wait_unschedulable("picky")
    scene.pod("tolerant", device, **wants, tolerations=[{"key": "for", "operator": "Exists"}])
    scene.expect_equal([tainted], scene.wait_bound("tolerant"), "the tainted node")
    scene.delete("pods", "hog")
    scene.expect_equal([full], scene.wait_bound("picky"), "the node with room again")
    scene.expect(other not in scene.bound().values(), "a pod runs in zone b")


@scenario("gated pods wait, pods of other schedulers are left alone")
def gated(scene):
    scene.nodes()
    device = scene.template("template", scene.device(local=True))
    scene.pod("gated", device, schedulingGates=[{"name": "example.com/wait"}, {"name": "example.com/last"}])
    scene.pod("foreign", device, schedulerName="nobody")
    scene.wait_bound(scene.pod("open", device))
    for gates in [{"name": "example.com/last"}], []:
        scene.expect_equal({"open"}, set(scene.bound()), "bound pods")
        scene.expect(not scene.get("podschedulingcontexts", "gated"), "the drivers were asked about a gated pod")
        conditions = {entry["type"]: entry["reason"] for entry in scene.get("pods", "gated")["status"]["conditions"]}
        scene.expect_equal("SchedulingGated", conditions["PodScheduled"], "why the pod is not scheduled")
        scene.api.merge(path("pods", scene.namespace, "gated"), {"spec": {"schedulingGates": gates}})
        if gates:
            scene.wait_bound(scene.pod("another", device))
            scene.delete("pods", "another")
            scene.wait_gone("pods", "another")
    scene.wait_bound("gated")


@scenario("a host that needs labels alone reads nodes as metadata", only="chandra")
def labels_alone(scene):
    first, = scene.nodes(1, {"zone": "a"})
    host = scene.run([scene.stage.flavour.beside("tests/kube/label_host"), scene.kubeconfig(), scene.namespace])
    scene.wait("the first node is listed", lambda: f"has {first} zone=a resources=0" in host.output())
    second, = scene.nodes(1, {"zone": "b"})
    scene.wait("the second node is seen by the watch", lambda: f"has {second} zone=b resources=0" in host.output())
    scene.api.merge(f"/api/v1/nodes/{first}", {"metadata": {"labels": {"zone": "c"}}})
    scene.wait("the label changes", lambda: f"has {first} zone=c resources=0" in host.output())
    scene.api.delete(f"/api/v1/nodes/{second}")
    scene.wait("the second node is gone", lambda: f"lost {second}" in host.output())
