# servers.py - a control plane in a folder: etcd, kube-apiserver and kube-controller-manager on free ports.
import json
import os
import secrets
import signal
import subprocess
import time
import urllib.request

from api import Api, private, write_kubeconfig
from process import Process, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
GATE = "--feature-gates=DynamicResourceAllocation=true"
ADMIN = "admin"
# Whose requests the audit log holds: the schedulers that are tested and measured.
SCHEDULERS = ["chandra", "peer", "ideal"]
AUDITED = ["system:serviceaccount:chandra-system:chandra", *SCHEDULERS]
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "users": AUDITED}, {"level": "None"}],
}


def built_programs():
    """The folder of the released programs, built now if they are missing."""
    return subprocess.run([os.path.join(HERE, "..", "build.sh")], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


class Cluster:
    """The servers of one folder. `tethered` ones die with the process that started them."""

    def __init__(self, folder, tethered=True):
        self.folder = os.path.abspath(folder)
        self.tethered = tethered
        self.programs = built_programs()
        self.processes = {}
        self.tokens = {user: secrets.token_hex(16) for user in (ADMIN, *SCHEDULERS)}
        self.certificate = self.file("certs/apiserver.crt")
        self.server = None
        self.api = None

    def file(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        os.makedirs(self.file("certs"), exist_ok=True)
        self.write_credentials()
        self.ports = {name: free_port() for name in ("client", "peer", "secure")}
        self.server = f"https://127.0.0.1:{self.ports['secure']}"
        self.start_etcd()
        self.start_api_server()
        self.kubeconfig = self.write_kubeconfig("kubeconfig", {"token": self.tokens[ADMIN]})
        self.start_controller_manager()

    def write_credentials(self):
        key, public = self.file("service-account.key"), self.file("service-account.pub")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True,
                       stderr=subprocess.DEVNULL)
        with open(self.file("tokens.csv"), "w", opener=private) as file:
            for user, token in self.tokens.items():
                file.write(f"{token},{user},{user},system:masters\n")
        with open(self.file("audit.json"), "w") as file:
            json.dump(AUDIT_POLICY, file)

    def write_kubeconfig(self, name, user, server=None):
        """A kubeconfig in the folder; `user` is its user entry."""
        return write_kubeconfig(self.file(name), server or self.server, self.certificate, user)

    def run(self, name, arguments):
        process = Process(name, arguments, self.folder, self.tethered)
        self.processes[name] = process
        return process

    def program(self, name):
        return os.path.join(self.programs, name)

    def start_etcd(self):
        client, peer = (f"http://127.0.0.1:{self.ports[name]}" for name in ("client", "peer"))
        self.run("etcd", [
            "etcd", "--data-dir", self.file("etcd"), "--unsafe-no-fsync", "--log-level=warn",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", "default=" + peer])

    def has_certificate(self):
        """Whether the API server has written its certificate, and to the end."""
        if not os.path.exists(self.certificate):
            return False
        with open(self.certificate) as file:
            return file.read().endswith("-----END CERTIFICATE-----\n")

    def start_api_server(self):
        """Start and wait until it is ready; a second call after stop_api_server() uses the same port."""
        process = self.run("kube-apiserver", [
            self.program("kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{self.ports['client']}",
            "--bind-address=127.0.0.1", f"--secure-port={self.ports['secure']}",
            "--cert-dir=" + self.file("certs"),
            "--service-account-key-file=" + self.file("service-account.pub"),
            "--service-account-signing-key-file=" + self.file("service-account.key"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--token-auth-file=" + self.file("tokens.csv"), "--authorization-mode=RBAC",
            "--audit-policy-file=" + self.file("audit.json"), "--audit-log-path=" + self.file("audit.log"),
            # Watches of classes come from etcd itself, so that a compaction of it is felt.
            "--watch-cache-sizes=resourceclasses.resource.k8s.io#0",
            "--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount",
            "--runtime-config=resource.k8s.io/v1alpha2=true", GATE])
        while not self.has_certificate():
            if not process.is_running():
                raise RuntimeError("kube-apiserver ended: see " + process.log)
            time.sleep(0.02)
        self.api = Api(self.server, self.certificate, self.tokens[ADMIN])
        if not self.api.wait_ready(90, process.is_running):
            raise RuntimeError("kube-apiserver is not ready: see " + process.log)

    def stop_api_server(self, number=signal.SIGKILL):
        self.processes["kube-apiserver"].stop(number, 20)

    def compact(self):
        """Make etcd forget every revision but the last, so that old watches and pages get 410."""
        def call(where, body):
            url = f"http://127.0.0.1:{self.ports['client']}/v3/kv/{where}"
            with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode())) as answer:
                return json.load(answer)
        revision = call("range", {"key": "AA=="})["header"]["revision"]
        call("compaction", {"revision": revision, "physical": True})

    def start_controller_manager(self):
        self.run("kube-controller-manager", [
            self.program("kube-controller-manager"), "--kubeconfig=" + self.kubeconfig,
            "--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000",
            "--service-account-private-key-file=" + self.file("service-account.key"), GATE,
            "--controllers=resourceclaim-controller,garbage-collector-controller,namespace-controller,"
            "disruption-controller"])

    def start_driver(self, config):
        """Start the release's test driver with one resource config."""
        name = config["DriverName"]
        file_name = self.file(name + ".json")
        with open(file_name, "w") as file:
            json.dump(config, file)
        return self.run("driver-" + name, [
            self.program("test-driver"), "controller", "--kubeconfig=" + self.kubeconfig,
            "--kube-api-qps=5000", "--kube-api-burst=5000", "--workers=10", "--resource-config=" + file_name])

    def add_node(self, name, labels=None, taints=None, allocatable=None):
        """A node that is ready, without a kubelet."""
        size = allocatable or {"pods": "110", "cpu": "64", "memory": "256Gi"}
        self.api.create("/api/v1/nodes", {
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}}})
        self.api.merge(f"/api/v1/nodes/{name}/status", {"status": {
            "capacity": size, "allocatable": size,
            "conditions": [{"type": "Ready", "status": "True", "reason": "Test", "message": "ready"}]}})
        self.api.merge(f"/api/v1/nodes/{name}", {"spec": {"taints": taints}})

    def stop(self):
        """End all, the servers last: nothing here outlives the folder."""
        for process in reversed(list(self.processes.values())):
            process.stop(signal.SIGKILL)
