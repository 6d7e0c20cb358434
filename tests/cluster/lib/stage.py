# stage.py - the cluster that all scenarios run on, and the scheduler that most of them share.
import http.client
import json
import os

import manifests
from api import Api, ApiError, path
from scheduler import Scheduler
from servers import Cluster

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
DEPLOYMENT = "examples/deploy/base"
NAMESPACE, ACCOUNT = "chandra-system", "chandra"


class Stage:
    def __init__(self, folder, flavour):
        self.flavour = flavour
        self.cluster = Cluster(folder)
        self.scheduler_name = "shared"
        self.is_disturbed = False  # whether the API server may be away
        self.account_token = None
        self.mended = []  # "NAMESPACE/NAME" of pods, see mend.py

    def open(self):
        self.cluster.start()
        if self.flavour.kind == "chandra":
            self.deploy()
        kubeconfig = self.cluster.write_kubeconfig("scheduler.kubeconfig", self.user())
        self.scheduler = Scheduler(self.flavour, self.cluster, self.scheduler_name, kubeconfig, "scheduler").start()

    def tree(self, name):
        return os.path.join(TREE, name)

    def deploy(self):
        """Create what kubectl apply -k would: so the manifests are checked, and their account is the scheduler's."""
        with open(self.tree(DEPLOYMENT + "/kustomization.yaml")) as file:
            names = [line.split()[1] for line in file if line.startswith("  - ")]
        for name in names:
            with open(self.tree(f"{DEPLOYMENT}/{name}")) as file:
                manifests.create(self.cluster.api, file.read(), NAMESPACE)
        self.account_token = self.token(NAMESPACE, ACCOUNT)

    def token(self, namespace, account, **spec):
        where = path("serviceaccounts", namespace, account, "token")
        answer = self.cluster.api.create(where, {"spec": {"expirationSeconds": 7200, **spec}})
        return answer["status"]["token"]

    def is_accepted(self, token):
        try:
            Api(self.cluster.server, self.cluster.certificate, token).get("/api")
        except ApiError as error:
            if error.status == 401:
                return False
        return True

    def user(self):
        """The user entry of a scheduler's kubeconfig: the deployed account, or the peer's."""
        return {"token": self.account_token or self.cluster.tokens["peer"]}

    @staticmethod
    def fetch(port, where):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", where)
        return connection.getresponse().read().decode()

    def check_requests(self, add):
        """The account must have been allowed all it did, and must have needed all it is allowed. (For a moment after
        its start the API server refuses what is allowed.)"""
        refused, used = set(), set()
        with open(self.cluster.file("audit.log")) as file:
            for line in file:
                event = json.loads(line)
                target = event.get("objectRef")
                if not target or not event["user"]["username"].endswith(f":{NAMESPACE}:{ACCOUNT}"):
                    continue
                resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
                request = (event["verb"], resource)
                is_refused = event["annotations"].get("authorization.k8s.io/decision") == "forbid"
                (refused if is_refused else used).add(request)
        add("no request is forbidden", refused - self.granted())
        add("no permission is superfluous", self.granted() - used)

    def end_scheduler(self):
        """What it said last if it did not end well, such as a sanitizer's complaint."""
        return None if self.scheduler.ends_well() else self.scheduler.process.output()[-4000:]

    def granted(self):
        roles = [self.cluster.api.get(path("clusterroles", name=ACCOUNT)),
                 self.cluster.api.get(path("roles", NAMESPACE, ACCOUNT))]
        return {(verb, resource) for role in roles for rule in role["rules"]
                for verb in rule["verbs"] for resource in rule["resources"]}

    def close(self):
        self.cluster.stop()
