# sharing.py - many pods want one claim, or more devices than there are.
from scene import scenario


@scenario("a claim shared by two pods and two containers")
def shared(scene):
    scene.nodes()
    claim = scene.claim("claim", scene.device(local=True, shareable=True))
    first = scene.wait_bound(scene.pod("first", claim, containers=2))
    second = scene.wait_bound(scene.pod("second", claim))
    scene.expect_equal(first, second, "the node of a local claim")
    scene.expect_equal(["first", "second"], scene.users("claim"), "users")


@scenario("a claim shared by 32 pods, refused to the 33rd until one ends")
def crowd(scene):
    scene.nodes()
    pods = scene.pods(33, scene.claim("claim", scene.device(shareable=True)))
    scene.wait("32 pods are bound", lambda: len(scene.bound()) == 32, 90)
    scene.expect_equal(32, len(scene.users("claim")), "users")
    late, = set(pods) - set(scene.bound())
    scene.wait_unschedulable(late)
    scene.expect_equal(32, len(scene.bound()), "bound pods")
    scene.delete("pods", next(iter(scene.bound())))
    scene.wait_bound(late, seconds=60)


@scenario("five pods fight for a claim that cannot be shared")
def fight(scene):
    scene.nodes()
    waiting = set(scene.pods(5, scene.claim("claim", scene.device(local=True))))
    while waiting:
        winner, = scene.wait("one pod is bound", scene.bound, 60)
        scene.expect_equal([winner], scene.users("claim"), "users")
        waiting.remove(winner)
        scene.delete("pods", winner)
        scene.wait_gone("pods", winner)


@scenario("as many pods as devices, and one more that waits for one to end")
def exhausted(scene):
    nodes = scene.nodes(3)
    source = scene.template("template", scene.device(local=True, limit=1))
    pods = scene.pods(4, source)
    scene.wait("three pods are bound", lambda: len(scene.bound()) == 3, 60)
    scene.expect_equal(nodes, sorted(scene.bound().values()), "nodes with one device each")
    late, = set(pods) - set(scene.bound())
    scene.wait_unschedulable(late)
    ended, freed = scene.bound().popitem()
    scene.delete("pods", ended)
    # The driver answers for a waiting pod again every 30 s.
    scene.expect_equal([freed], scene.wait_bound(late, seconds=90), "the node with the free device")


@scenario("network devices run out for the cluster")
def network_exhausted(scene):
    scene.nodes(3)
    pods = scene.pods(3, scene.template("template", scene.device(limit=2)))
    scene.wait("two pods are bound", lambda: len(scene.bound()) == 2, 60)
    late, = set(pods) - set(scene.bound())
    scene.wait_unschedulable(late)
    scene.delete("pods", next(iter(scene.bound())))
    scene.wait_bound(late, seconds=90)


@scenario("fifty pods with two claims each")
def many(scene):
    scene.nodes(10)
    source = scene.template("template", scene.device(local=True, limit=12))
    pods = scene.pods(50, source, source)
    scene.wait_bound(*pods, seconds=120)
