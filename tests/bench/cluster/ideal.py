# ideal.py - the least a scheduler can do for a pod with delayed claims: one context that selects a node in turn, and
# once the driver has allocated there, the binding and the end of the context. It decides nothing: what it reaches is
# what the API server, the claim controller and the driver allow.
# Usage: ideal.py KUBECONFIG SCHEDULER-NAME
import itertools
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cluster", "lib"))

from api import Api, path  # noqa: E402

WORKERS = 16


class Ideal:
    def __init__(self, api, name):
        self.api = api
        self.name = name
        nodes = sorted(node["metadata"]["name"] for node in api.list(path("nodes")))
        self.turn = itertools.cycle(nodes)
        self.pool = ThreadPoolExecutor(WORKERS)
        self.lock = threading.Lock()
        self.waiting = {}  # (namespace, pod) to the names of its claims that are not allocated
        self.users = {}  # (namespace, claim) to its pod
        self.early = set()  # claims that were allocated before their pod was seen
        self.node = {}

    def on_pod(self, kind, pod):
        spec, status = pod["spec"], pod.get("status", {})
        if kind == "DELETED" or spec.get("schedulerName") != self.name or spec.get("nodeName"):
            return
        claims = [entry["resourceClaimName"] for entry in status.get("resourceClaimStatuses", [])]
        if len(claims) < len(spec.get("resourceClaims", [])):
            return
        namespace = pod["metadata"]["namespace"]
        key = (namespace, pod["metadata"]["name"])
        with self.lock:
            if key in self.node:
                return
            self.node[key] = next(self.turn)
            self.waiting[key] = {claim for claim in claims if (namespace, claim) not in self.early}
            self.users.update({(namespace, claim): key for claim in claims})
        self.pool.submit(self.select, key, pod["metadata"]["uid"])

    def on_claim(self, kind, claim):
        if kind == "DELETED" or "allocation" not in claim.get("status", {}):
            return
        namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
        with self.lock:
            key = self.users.get((namespace, name))
            if key is None:
                self.early.add((namespace, name))
                return
            if name not in self.waiting[key]:
                return
            self.waiting[key].remove(name)
            is_ready = not self.waiting[key]
        if is_ready:
            self.pool.submit(self.bind, key)

    def select(self, key, uid):
        namespace, name = key
        owner = {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid, "controller": True}
        self.api.create(path("podschedulingcontexts", namespace), {
            "metadata": {"name": name, "ownerReferences": [owner]},
            "spec": {"selectedNode": self.node[key], "potentialNodes": [self.node[key]]}})

    def bind(self, key):
        namespace, name = key
        self.api.create(path("pods", namespace, name, "binding"), {
            "metadata": {"name": name}, "target": {"kind": "Node", "name": self.node[key]}})
        self.api.delete(path("podschedulingcontexts", namespace, name))

    def follow(self, resource, handle):
        stopped = threading.Event()
        for kind, item in self.api.watch(path(resource), "0", stopped):
            if kind != "BOOKMARK":
                handle(kind, item)


def main():
    with open(sys.argv[1]) as file:
        config = json.load(file)
    cluster = config["clusters"][0]["cluster"]
    api = Api(cluster["server"], cluster["certificate-authority"], config["users"][0]["user"]["token"])
    ideal = Ideal(api, sys.argv[2])
    threading.Thread(target=ideal.follow, args=("resourceclaims", ideal.on_claim), daemon=True).start()
    ideal.follow("pods", ideal.on_pod)


if __name__ == "__main__":
    main()
