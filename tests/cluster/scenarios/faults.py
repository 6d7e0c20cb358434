# faults.py - processes die, the server restarts, the network fails: everything comes out right all the same.
import threading
import time

from api import path
from changes import Countdown
from metrics import Metrics
from proxy import FAIR, Fault, some
from scene import scenario


def killed_after_each_write(scene, prepare):
    """Kill the scheduler before it learns of the answer to its first write, in the next round to its second, and so
    on until a pod is bound without that many. Each time another one finishes the work."""
    for number in range(1, 20):
        name = f"pod-{number}"
        countdown = Countdown(number, lambda: scheduler.kill())
        scheduler = scene.scheduler(scene.proxy(answered=countdown))
        scene.pod(name, *prepare(number))
        scene.wait("the scheduler is killed or done", lambda: countdown.is_done() or name in scene.bound(), 60)
        time.sleep(0.3)  # its last write, after the binding
        was_killed = countdown.is_done()
        scheduler.kill()
        successor = scene.scheduler()
        scene.wait_bound(name, seconds=60)
        scene.settle()
        successor.terminate()
        if not was_killed:
            scene.expect(number > 2, f"only {number - 1} writes were seen")
            return
    scene.expect(False, "a pod takes more than 18 writes")


@scenario("the scheduler is killed after each of its writes: one delayed claim")
def killed_delayed(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True))
    killed_after_each_write(scene, lambda number: [source])


@scenario("the scheduler is killed after each of its writes: two drivers")
def killed_two_drivers(scene):
    scene.nodes()
    sources = [scene.template(name, scene.device(name, local=True)) for name in ("left", "right")]
    killed_after_each_write(scene, lambda number: sources)


@scenario("the scheduler is killed after each of its writes: reservations of its own")
def killed_reserving(scene):
    scene.nodes()
    device = scene.device(local=True, reserves=False)
    killed_after_each_write(scene, lambda number: [scene.claim(f"claim-{number}", device, "Immediate")])


@scenario("3 % of the requests fail, are late or are cut, and watches do not last")
def bad_network(scene):
    scene.nodes(5)
    sources = [scene.template(name, scene.device(name, local=True)) for name in ("left", "right")]
    proxy = scene.proxy(some(0.03))
    scene.scheduler(proxy)
    pods = scene.pods(60, *sources)
    scene.wait_bound(*pods, seconds=150)
    scene.expect(proxy.faults > 0, "the proxy failed nothing")


@scenario("half of the requests fail for a while")
def worse_network(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True))
    proxy = scene.proxy(some(0.5))
    scene.scheduler(proxy)
    pods = scene.pods(10, source)
    time.sleep(5)
    proxy.decide = lambda request: FAIR
    scene.wait_bound(*pods, seconds=90)


@scenario("watches fall silent and never end: the scheduler gives them up and watches anew", only="chandra")
def half_open(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True))
    proxy = scene.proxy()
    metrics = Metrics(scene)
    scene.scheduler(proxy, metrics=metrics.address, more=["--watch-idle-timeout=4s"])
    scene.wait_bound(scene.pod("before", source))
    count = proxy.silence()
    scene.expect(count >= 5, f"only {count} watches were open")
    scene.wait_bound(scene.pod("after", source), seconds=30)
    scene.wait("every silent watch is given up", lambda: proxy.hung_up == count)
    metrics.wait('chandra_watch_restarts_total{reason="lost"}', count)


@scenario("etcd is compacted while a watch is away: the scheduler lists anew", only="chandra")
def compacted(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True))
    is_away = threading.Event()
    proxy = scene.proxy(lambda request: Fault(status=503) if is_away.is_set() and request.is_watch and
                        "/resourceclasses" in request.path else FAIR)
    metrics = Metrics(scene)
    scene.scheduler(proxy, metrics=metrics.address)
    scene.wait_bound(scene.pod("before", source))
    late, doomed = scene.namespace + "-late", scene.namespace + "-doomed"
    driver = f"device.{scene.namespace}.example.com"
    scene.resource_class(doomed, driver)
    scene.pod("waiting", scene.claim("waiting", late))
    scene.wait_unschedulable("waiting", "class")
    is_away.set()
    scene.expect_equal(1, proxy.cut_watches("/resourceclasses"), "watches of classes")
    scene.resource_class(late, driver)
    scene.api.delete(path("resourceclasses", name=doomed))
    scene.cluster.compact()
    is_away.clear()
    scene.wait_bound("waiting", seconds=30)
    scene.pod("hopeless", scene.claim("hopeless", doomed))
    scene.wait_unschedulable("hopeless", "class")
    for reason in ("refused", "expired"):
        metrics.wait(f'chandra_watch_restarts_total{{kind="ResourceClass",reason="{reason}"}}', 1)
    scene.expect(metrics.value('chandra_watch_events_total{kind="ResourceClass",type="added"}') > 0, "no class came")


@scenario("two replicas: the leader is killed")
def replicas(scene):
    scene.nodes()
    source = scene.template("template", scene.device(local=True))
    leader = scene.scheduler(replicas=True)
    scene.wait_bound(scene.pod("before", source))
    scene.scheduler(replicas=True)
    pods = scene.pods(20, source)
    scene.wait("some pods are bound", lambda: len(scene.bound()) > 3)
    leader.kill()
    scene.wait_bound(*pods, seconds=60)


@scenario("the API server restarts while 200 pods are in flight, and has forgotten the past", alone=True)
def server_restarts(scene):
    scene.nodes(10)
    pods = scene.pods(200, scene.template("template", scene.device(local=True)))
    scene.wait("some pods are bound", lambda: len(scene.bound()) > 20)
    scene.expect(len(scene.bound()) < 200, "the restart comes too late")
    scene.cluster.stop_api_server()
    time.sleep(2)
    scene.cluster.compact()
    scene.cluster.start_api_server()
    scene.wait_bound(*pods, seconds=120)


@scenario("the API server is away when the scheduler starts", alone=True)
def server_comes_late(scene):
    scene.nodes()
    scene.pod("pod", scene.template("template", scene.device(local=True)), schedulerName=scene.namespace)
    scene.wait("the pod has its claim", lambda: scene.get("pods", "pod")["status"].get("resourceClaimStatuses"))
    scene.cluster.stop_api_server()
    scene.scheduler()
    time.sleep(3)
    scene.cluster.start_api_server()
    scene.wait_bound("pod", seconds=60)
