# explain.py - why a pod waits, asked of the scheduler that tried it and of the cluster itself.
import json
import subprocess
import sys

from process import free_port
from scene import scenario


def explain(scene, *arguments):
    """Exit code and document of `chandra explain`."""
    command = [scene.stage.flavour.binary, "explain", *arguments, "-n", scene.namespace, "-o", "json"]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    scene.expect(result.stdout, f"{arguments}: {result.stderr}")
    file_name = scene.cluster.file(scene.namespace + ".json")
    with open(file_name, "w") as file:
        file.write(result.stdout)
    check = subprocess.run([sys.executable, scene.stage.tree("tests/cli/check_schema.py"),
                            scene.stage.tree("bindings/cli/explain/explain.schema.json"), file_name],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    scene.expect(check.returncode == 0, check.stdout)
    return result.returncode, json.loads(result.stdout)


def add_up(scene, document, feasible=0):
    total = sum(step["nodes"] for step in document["funnel"]) + feasible
    scene.expect_equal(document["nodeCount"], total, "nodes of the funnel")


@scenario("a pod that waits is explained by its scheduler and by the cluster", only="chandra")
def waiting(scene):
    scene.nodes(2)
    port = free_port()
    scene.scheduler(metrics=f"127.0.0.1:{port}")
    device = scene.device(local=True, suitable={"model": "none"})
    scene.pod("pod", scene.claim("claim", device))
    scene.wait_unschedulable("pod", "Nearest: ")

    code, remembered = explain(scene, "pod", "pod", "--server", f"http://127.0.0.1:{port}")
    scene.expect_equal((1, "waiting", "server"), (code, remembered["state"], remembered["source"]["type"]), "remembered")
    add_up(scene, remembered)
    scene.expect(remembered["attempts"][-1]["result"] == "rejected", remembered["attempts"])
    scene.expect("default@" in remembered["policy"], remembered["policy"])
    scene.expect_equal(remembered["short"], scene.unschedulable_message("pod"), "what the pod's condition says")

    code, read = explain(scene, "pod", "pod", "--kubeconfig", scene.kubeconfig())
    scene.expect_equal((1, "waiting", "cluster"), (code, read["state"], read["source"]["type"]), "read")
    add_up(scene, read, read["feasible"]["nodes"])
    scene.expect(read["source"]["ageSeconds"] < 30, read["source"])
    step, = [step for step in read["funnel"] if step["stage"] == "class"]
    scene.expect_equal((2, "model=none"), (step["nodes"], step["wants"]), "what the class wants")
    hint, = [hint for hint in read["hints"] if "suitableNodes" in hint["change"]]
    scene.expect(hint["works"] and hint["nodes"] == 2, hint)

    code, claim = explain(scene, "claim", "claim", "--kubeconfig", scene.kubeconfig())
    scene.expect_equal((1, "pending", ["pod"]), (code, claim["state"], claim["waitingPods"]), "the claim")


@scenario("a pod that is placed is explained without a write", only="chandra")
def placed(scene):
    scene.nodes(2)
    port = free_port()
    seen = []
    proxy = scene.proxy(answered=seen.append)
    scene.scheduler(metrics=f"127.0.0.1:{port}")
    node, = scene.wait_bound(scene.pod("pod", scene.claim("claim", scene.device(local=True))))
    code, read = explain(scene, "pod", "pod", "--kubeconfig", scene.kubeconfig(proxy))
    scene.expect_equal((0, node), (code, read["node"]), "read")
    add_up(scene, read, read["feasible"]["nodes"])
    scene.expect_equal([], [request.path for request in seen if request.is_write], "writes")
    scene.expect(seen, "nothing was asked")
    code, remembered = explain(scene, "pod", "pod", "--server", f"127.0.0.1:{port}")
    scene.expect_equal((0, "bound"), (code, remembered["attempts"][-1]["result"]), "remembered")
