# policies.py - policies change while pods flow: through a ConfigMap, by a configuration; a shadow watches beside them.
import base64
import json

from api import path
from metrics import Metrics
from scene import scenario

ZONE = "topology.kubernetes.io/zone"
NAME = "chandra-policies"
WHERE = path("configmaps", "chandra-system", NAME)


def drain(zone):
    """A policy that keeps new claims from a zone."""
    return f"""--!chandra api=1 name=drain_{zone} version=1.0.0
local P = {{}}
function P.match(cx, claim, nodes)
  if claim.allocated then return nodes end
  return cx:drop(nodes, function(node) return node.labels["{ZONE}"] == "{zone}" end, "{zone} is drained")
end
return P
"""


def zones(scene):
    """A node in zone a and one in zone b."""
    return [scene.nodes(1, {ZONE: zone})[0] for zone in ("a", "b")]


def write(scene, data=None, **more):
    scene.api.replace(WHERE, {"apiVersion": "v1", "kind": "ConfigMap",
                              "metadata": {"name": NAME, "namespace": "chandra-system"}, "data": data or {}, **more})


def bind(scene, source, prefix, count=3):
    """The nodes that pods go to now."""
    return set(scene.wait_bound(*scene.pods(count, source, prefix=prefix)))


@scenario("policies are swapped through a ConfigMap while pods flow, and bad ones are refused", only="chandra")
def configmap(scene):
    before = scene.api.get(WHERE)["data"]
    a, b = zones(scene)
    source = scene.template("template", scene.device(local=True))
    metrics = Metrics(scene)
    write(scene, {"drain.lua": drain("b"), "drain_spec.lua": "-- no policy"})
    try:
        scheduler = scene.scheduler(metrics=metrics.address, more=["--policy-configmap=chandra-system/" + NAME])
        scene.expect_equal({a}, bind(scene, source, "first"), "nodes while b is drained")

        write(scene, {"drain.lua": drain("a")})
        metrics.wait('chandra_policy_reloads_total{result="success"}', 1)
        scene.expect_equal({b}, bind(scene, source, "second"), "nodes while a is drained")

        write(scene, {"drain.lua": "return nothing at all"})
        metrics.wait('chandra_policy_reloads_total{result="error"}', 1)
        write(scene, binaryData={"drain.lua": base64.b64encode(b"x").decode()})
        metrics.wait('chandra_policy_reloads_total{result="error"}', 2)
        scene.expect_equal({b}, bind(scene, source, "third"), "nodes while the last good policy stays")
        for words in ("drain.lua:1:", "binaryData", "the last good ones stay"):
            scene.expect(words in scheduler.process.output(), f"the log does not say {words}")

        rules = {"apiVersion": "chandra.config/v1alpha1", "kind": "ChandraConfiguration", "rules": [
            {"name": "here", "match": {"namespaces": [scene.namespace], "podSelector": {"matchExpressions": [
                {"key": "nobody", "operator": "DoesNotExist"}]}}, "policies": [{"file": "b.lua"}]}],
            "default": {"policies": [{"file": "a.lua"}]}}
        write(scene, {"config.yaml": json.dumps(rules), "a.lua": drain("a"), "b.lua": drain("b")})
        metrics.wait('chandra_policy_reloads_total{result="success"}', 2)
        scene.expect_equal({a}, bind(scene, source, "fourth"), "nodes by the rule of this namespace")
    finally:
        write(scene, before)


@scenario("a configuration chooses policies by queue; a new one is taken whole, a bad one changes nothing",
          only="chandra")
def configuration(scene):
    a, b = zones(scene)
    source = scene.template("template", scene.device(local=True))
    metrics = Metrics(scene)
    name = scene.cluster.file(scene.namespace + ".yaml")

    def store(text):
        with open(name, "w") as file:
            file.write("apiVersion: chandra.config/v1alpha1\nkind: ChandraConfiguration\n" + text)
    for zone in ("a", "b"):
        with open(scene.cluster.file(f"drain_{zone}.lua"), "w") as file:
            file.write(drain(zone))
    rule = "rules: [{name: slow, match: {queues: [slow]}, policies: [{file: drain_%s.lua}]}]\n"
    other = "default: {policies: [{file: drain_%s.lua}]}\n"
    store(rule % "a" + other % "b")
    scheduler = scene.scheduler(metrics=metrics.address, more=["--config=" + name])
    scene.expect_equal({a}, bind(scene, source, "fast"), "nodes of pods without a queue")

    def bind_slow(pod):
        scene.api.create(scene.path("pods"), {"metadata": {"name": pod, "labels": {"chandra.dev/queue": "slow"}}, "spec": {
            "schedulerName": scene.scheduler_name,
            "nodeSelector": {"scene": scene.namespace},
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "none", "resources": {"claims": [{"name": "entry"}]}}],
            "resourceClaims": [{"name": "entry", "source": source}]}})
        return scene.wait_bound(pod)
    scene.expect_equal([b], bind_slow("slow-1"), "node of a pod of the queue")
    store("ruels: []\n")
    metrics.wait('chandra_policy_reloads_total{result="error"}', 1)
    scene.expect('did you mean \\"rules\\"?' in scheduler.process.output(), "the log does not say what was meant")
    scene.expect_equal([b], bind_slow("slow-2"), "node of the queue by the last good configuration")
    store(rule % "b" + other % "a")
    metrics.wait('chandra_policy_reloads_total{result="success"}', 1)
    scene.expect_equal({b}, bind(scene, source, "late"), "nodes by the new configuration")


@scenario("a shadow policy has no effect, and where it disagrees is counted and logged", only="chandra")
def shadow(scene):
    a, _ = zones(scene)
    source = scene.template("template", scene.device(local=True))
    metrics = Metrics(scene)
    names = []
    for policy, text in (("acting", drain("b")), ("shadow", drain("a"))):
        names.append(scene.cluster.file(f"{scene.namespace}-{policy}.lua"))
        with open(names[-1], "w") as file:
            file.write(text)
    scheduler = scene.scheduler(metrics=metrics.address, more=["--policy=" + names[0], "--shadow=" + names[1]])
    scene.expect_equal({a}, bind(scene, source, "pod"), "nodes by the acting policy")
    for kind in ("filter", "best"):
        metrics.wait(f'chandra_shadow_disagreements_total{{policy="drain_a",kind="{kind}"}}', 1)
    metrics.wait('chandra_shadow_decisions_total{policy="drain_a"}', 3)
    scene.expect_equal(0, metrics.value('chandra_shadow_disagreements_total{kind="failure"}'), "failures")
    output = scheduler.process.output()
    for words in ("Shadow policy disagrees", "a is drained", f'pod="{scene.namespace}/pod-'):
        scene.expect(words in output, f"the log does not say {words}")
    with open(names[1], "w") as file:
        file.write(drain("a").replace("return cx:drop", "error('shadow') return cx:drop"))
    scene.wait("the shadow is reloaded", lambda: "shadow's changed policies" in scheduler.process.output())
    scene.expect_equal({a}, bind(scene, source, "more"), "nodes while the shadow fails")
    metrics.wait('chandra_shadow_disagreements_total{kind="failure"}', 1)
