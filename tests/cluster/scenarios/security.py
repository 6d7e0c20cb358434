# security.py - credentials, certificates and permissions: they are renewed, and errors say what is wrong and where.
import json
import subprocess
import threading

from api import path, write_kubeconfig
from process import free_port
from scene import scenario

CLUSTER_ERROR = 4


def refused(scene, kubeconfig, *words):
    """The scheduler ends with the exit code of cluster errors and says these words."""
    scheduler = scene.scheduler(kubeconfig=kubeconfig, more=["--startup-timeout=3s"])
    code = scheduler.process.wait(30)
    output = scheduler.process.output()
    scene.expect(code == CLUSTER_ERROR, f"exit code {code}: {output[-2000:]}")
    for word in words:
        scene.expect(word in output, f"does not say {word}: {output[-2000:]}")


@scenario("a wrong certificate authority", only="chandra")
def wrong_authority(scene):
    foreign = scene.cluster.file(scene.namespace + ".crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=foreign", "-days", "1",
                    "-keyout", scene.cluster.file(scene.namespace + ".key"), "-out", foreign],
                   check=True, stderr=subprocess.DEVNULL)
    kubeconfig = write_kubeconfig(scene.cluster.file(scene.namespace + ".kubeconfig"), scene.cluster.server, foreign,
                                  scene.stage.user())
    refused(scene, kubeconfig, scene.cluster.server, "certificate")


@scenario("a wrong token", only="chandra")
def wrong_token(scene):
    refused(scene, scene.kubeconfig(user={"token": "wrong"}), scene.cluster.server, "Unauthorized")


@scenario("a server that cannot be reached", only="chandra")
def unreachable(scene):
    server = f"https://127.0.0.1:{free_port()}"
    kubeconfig = write_kubeconfig(scene.cluster.file(scene.namespace + ".kubeconfig"), server,
                                  scene.cluster.certificate, scene.stage.user())
    refused(scene, kubeconfig, server)


@scenario("a permission is missing", only="chandra")
def missing_permission(scene):
    role = scene.api.get(path("clusterroles", name="chandra"))
    for rule in role["rules"]:
        if "podschedulingcontexts" in rule["resources"]:
            rule["verbs"] = [verb for verb in rule["verbs"] if verb != "list"]
    scene.api.create(path("clusterroles"), {"metadata": {"name": scene.namespace}, "rules": role["rules"]})
    scene.api.create(path("serviceaccounts", scene.namespace), {"metadata": {"name": "restricted"}})
    scene.api.create(path("clusterrolebindings"), {
        "metadata": {"name": scene.namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": scene.namespace},
        "subjects": [{"kind": "ServiceAccount", "name": "restricted", "namespace": scene.namespace}]})
    token = scene.stage.token(scene.namespace, "restricted")
    refused(scene, scene.kubeconfig(user={"token": token}), "RBAC", "list podschedulingcontexts")


@scenario("a token that expires is replaced on disk", only="chandra")
def replaced_token(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True))
    # A token that is bound to a Secret expires with it, at the latest when the server's cache of 10 s does.
    secret = scene.api.create("/api/v1/namespaces/chandra-system/secrets", {"metadata": {"name": scene.namespace}})
    bound = {"kind": "Secret", "apiVersion": "v1", "name": scene.namespace, "uid": secret["metadata"]["uid"]}
    file_name = scene.cluster.file(scene.namespace + ".token")

    def write(token):
        with open(file_name, "w") as file:
            file.write(token)
    old = scene.stage.token("chandra-system", "chandra", boundObjectRef=bound)
    write(old)
    scene.scheduler(user={"tokenFile": file_name})
    scene.wait_bound(scene.pod("before", source))
    scene.api.delete(f"/api/v1/namespaces/chandra-system/secrets/{scene.namespace}")
    scene.wait("the old token is refused", lambda: not scene.stage.is_accepted(old))
    late = scene.pod("after", source)
    threading.Event().wait(2)
    scene.expect(late not in scene.bound(), "a pod is bound with an expired token")
    write(scene.stage.token("chandra-system", "chandra"))
    scene.wait_bound(late, seconds=90)


@scenario("a policy decides on a real cluster, and what was recorded is replayed", only="chandra")
def recorded(scene):
    scene.nodes(1, {"topology.kubernetes.io/zone": "b"})
    kept, = scene.nodes(1, {"topology.kubernetes.io/zone": "a"})
    record = scene.cluster.file(scene.namespace + ".jsonl")
    policy = scene.stage.tree("examples/policies/drain_zone.lua")
    scheduler = scene.scheduler(more=["--policy", policy, "--record", record])
    pods = scene.pods(5, scene.template("template", scene.device(local=True)))
    scene.expect_equal({kept}, set(scene.wait_bound(*pods)), "nodes")
    scene.expect(scheduler.ends_well(), "ends badly")
    replay = subprocess.run([scene.stage.flavour.binary, "replay", "--policy", policy, record],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    scene.expect(replay.returncode == 0, replay.stdout[-2000:])


@scenario("a dry run decides and writes nothing", only="chandra")
def dry_run(scene):
    scene.nodes()
    seen = []
    scheduler = scene.scheduler(scene.proxy(answered=seen.append), more=["--dry-run"])
    scene.pod("pod", scene.claim("claim", scene.device()))
    scene.pod("plain")
    threading.Event().wait(3)
    scene.expect(scheduler.ends_well(), "ends badly")
    writes = [request for request in seen if request.is_write and "accessreviews" not in request.path]
    scene.expect_equal([], writes, "writes")
    scene.expect_equal({}, scene.bound(), "bound pods")


@scenario("SIGTERM lets the scheduler end its work", only="chandra")
def drained(scene):
    scene.nodes(5)
    scheduler = scene.scheduler()
    pods = scene.pods(40, scene.template("template", scene.device(local=True)))
    scene.wait("some pods are bound", lambda: len(scene.bound()) > 3)
    scene.expect(scheduler.ends_well(), "ends badly")
    scene.scheduler()
    scene.wait_bound(*pods, seconds=60)


@scenario("health and metrics", only="chandra")
def health(scene):
    scene.nodes()
    port = free_port()
    scene.scheduler(metrics=f"127.0.0.1:{port}")
    scene.wait_bound(scene.pod("pod", scene.template("template", scene.device(local=True))))
    for where in ("livez", "readyz", "healthz"):
        scene.expect_equal("ok", scene.stage.fetch(port, "/" + where).strip(), where)
    metrics = scene.stage.fetch(port, "/metrics")
    for name in ("chandra_build_info", "chandra_decisions_total", "chandra_decision_duration_seconds_bucket",
                 "chandra_api_request_duration_seconds_bucket", "chandra_podschedulingcontext_publish_total",
                 "chandra_cache_objects", "chandra_policy_info", "process_resident_memory_bytes"):
        scene.expect(f"\n{name}" in "\n" + metrics, f"no {name} in:\n{metrics[:3000]}")
    scene.expect(scene.namespace not in metrics, "metrics name objects")


@scenario("events and conditions tell what happened")
def events(scene):
    scene.nodes()
    scene.wait_bound(scene.pod("good", scene.template("template", scene.device(local=True))))
    scene.pod("bad", scene.claim("claim", scene.namespace + "-unknown"))
    scene.wait_unschedulable("bad", "class")
    for pod, reason, kind in (("good", "Scheduled", "Normal"), ("bad", "FailedScheduling", "Warning")):
        def check():
            return [event for event in scene.api.list(path("events", scene.namespace))
                    if event["involvedObject"]["name"] == pod and event["reason"] == reason]
        event = scene.wait(f"{reason} of {pod}", check)[0]
        scene.expect_equal(kind, event["type"], "type")
        scene.expect(event["message"], json.dumps(event))


@scenario("the deployment's own arguments and policies", alone=True, only="chandra")
def deployment(scene):
    template = scene.api.get(path("deployments", "chandra-system", "chandra"))["spec"]["template"]["spec"]
    policies = scene.api.get(path("configmaps", "chandra-system", "chandra-policies"))["data"]
    for name, text in policies.items():
        with open(scene.cluster.file(name), "w") as file:
            file.write(text)
    port = free_port()
    arguments = [argument.replace("/etc/chandra/policies", scene.cluster.folder).replace(":10251", f"127.0.0.1:{port}")
                 for argument in template["containers"][0]["args"]]
    scene.run([scene.stage.flavour.binary, *arguments, "--kubeconfig", scene.kubeconfig()])
    scene.scheduler_name = "chandra"
    scene.nodes(1, {"topology.kubernetes.io/zone": "b"})
    kept, = scene.nodes(1, {"topology.kubernetes.io/zone": "a"})
    scene.pod("pod", scene.template("template", scene.device(local=True)))
    scene.expect_equal([kept], scene.wait_bound("pod", seconds=60), "the node that the policy leaves")
    scene.expect_equal("ok", scene.stage.fetch(port, "/readyz").strip(), "readiness")
