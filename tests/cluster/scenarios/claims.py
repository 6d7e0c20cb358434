# claims.py - one pod and its claims: immediate and delayed, by name and from templates, of one driver and of two.
from scene import IMMEDIATE, having, scenario


@scenario("a delayed claim by name")
def delayed(scene):
    nodes = scene.nodes()
    device = scene.device(local=True)
    scene.claim("claim", device)
    scene.pod("pod", {"resourceClaimName": "claim"})
    node, = scene.wait_bound("pod")
    scene.expect(node in nodes, f"bound to {node}")
    scene.expect_equal(["pod"], scene.users("claim"), "users")


@scenario("a delayed claim from a template, for two containers")
def template(scene):
    scene.nodes()
    scene.pod("pod", scene.template("template", scene.device()), containers=2)
    scene.wait_bound("pod")


@scenario("an immediate claim, allocated before there is a pod and after")
def immediate(scene):
    scene.nodes()
    device = scene.device(local=True)
    early = scene.claim("early", device, IMMEDIATE)
    scene.wait_allocated("early")
    scene.pod("first", early)
    scene.pod("second", scene.template("template", device, IMMEDIATE))
    scene.wait_bound("first", "second")
    scene.delete("pods", "first")
    scene.wait("the claim is free", lambda: not scene.users("early"))
    scene.expect_equal(0, scene.history.deallocations("early"), "deallocations of an immediate claim")


@scenario("three claims of one driver in one pod")
def several(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True, limit=3))
    scene.pod("pod", source, source, source)
    scene.wait_bound("pod")


@scenario("two drivers that share one node alone")
def two_drivers(scene):
    nodes = scene.nodes(4)
    left = scene.template("left", scene.device("left", local=True, limit=2, nodes=nodes[:2]))
    right = scene.template("right", scene.device("right", local=True, limit=2, nodes=nodes[1:]))
    scene.pod("pod", left, right)
    scene.expect_equal([nodes[1]], scene.wait_bound("pod", seconds=90), "the node of both drivers")


@scenario("two drivers and four claims, with an immediate one")
def mixed(scene):
    scene.nodes()
    left, right = scene.device("left", local=True), scene.device("right")
    scene.pod("pod", scene.template("a", left), scene.template("b", right), scene.template("c", right, IMMEDIATE),
              scene.claim("d", left))
    scene.wait_bound("pod", seconds=60)


@scenario("a driver that leaves reservations to the scheduler")
def unreserved(scene):
    scene.nodes()
    claim = scene.claim("claim", scene.device(local=True, reserves=False))
    scene.pod("pod", claim)
    scene.wait_bound("pod")
    scene.expect_equal(["pod"], scene.users("claim"), "users")


@scenario("a class that is created late")
def late_class(scene):
    scene.nodes()
    device = scene.device()
    late = scene.namespace + "-late"
    scene.pod("pod", scene.claim("claim", late))
    scene.wait_unschedulable("pod", "class")
    scene.resource_class(late, scene.api.get(f"/apis/resource.k8s.io/v1alpha2/resourceclasses/{device}")["driverName"])
    scene.wait_bound("pod")


@scenario("a class that suits no node until it is changed")
def changed_class(scene):
    scene.nodes(2)
    node, = scene.nodes(1, {"model": "new"})
    device = scene.device(local=True, suitable={"model": "none"})
    scene.pod("pod", scene.claim("claim", device))
    scene.wait_unschedulable("pod", "class excludes the node")
    scene.api.merge(f"/apis/resource.k8s.io/v1alpha2/resourceclasses/{device}",
                    {"suitableNodes": having({"model": "new"})})
    scene.expect_equal([node], scene.wait_bound("pod"), "the node that the class now suits")


@scenario("a node that gets the label the class wants")
def changed_node(scene):
    nodes = scene.nodes(2)
    scene.pod("pod", scene.claim("claim", scene.device(local=True, suitable={"model": "new"})))
    scene.wait_unschedulable("pod", "class excludes the node")
    scene.api.merge(f"/api/v1/nodes/{nodes[1]}", {"metadata": {"labels": {"model": "new"}}})
    scene.expect_equal([nodes[1]], scene.wait_bound("pod"), "the node with the label")
