# scheduler.py - the schedulers under test: chandra, or kube-scheduler of the release as the peer.
import json
import os
import signal


class Chandra:
    """`chandra schedule` as the service account of examples/deploy."""

    kind = "chandra"
    ended = (143,)  # exit codes after SIGTERM

    def __init__(self, binary):
        self.binary = binary

    def beside(self, name):
        """Another program of the build folder that chandra is from."""
        return os.path.join(os.path.dirname(self.binary), "..", "..", name)

    def arguments(self, cluster, name, kubeconfig, replicas, metrics):
        election = ["--leader-elect=true", "--leader-elect-resource-namespace=chandra-system",
                    "--leader-elect-resource-name=chandra", "--leader-elect-lease-duration=3s",
                    "--leader-elect-renew-deadline=2s", "--leader-elect-retry-period=500ms"]
        return [self.binary, "schedule", "--kubeconfig", kubeconfig, "--scheduler-name", name,
                "--kube-api-qps=5000", "--kube-api-burst=5000",
                *(["--metrics-bind-address=" + metrics] if metrics else []),
                *(election if replicas else ["--leader-elect=false"])]


class Peer:
    """kube-scheduler, to prove that a scenario asks for what Kubernetes does."""

    kind = "peer"
    ended = (0, 1)

    def arguments(self, cluster, name, kubeconfig, replicas, _):
        config = {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": kubeconfig, "qps": 5000, "burst": 5000},
            "leaderElection": {"leaderElect": replicas, "resourceName": name, "resourceNamespace": "kube-system",
                               "leaseDuration": "3s", "renewDeadline": "2s", "retryPeriod": "500ms"},
            "profiles": [{"schedulerName": name}],
        }
        file_name = cluster.file(f"scheduler-{name}.json")
        with open(file_name, "w") as file:
            json.dump(config, file)
        return [cluster.program("kube-scheduler"), "--config=" + file_name, "--secure-port=0",
                "--feature-gates=DynamicResourceAllocation=true"]


class Scheduler:
    """A scheduler that can be killed and started again."""

    def __init__(self, flavour, cluster, name, kubeconfig, log, more=(), replicas=False, metrics=None):
        self.arguments = [*flavour.arguments(cluster, name, kubeconfig, replicas, metrics), *more]
        self.flavour = flavour
        self.cluster = cluster
        self.log = log
        self.process = None

    def start(self):
        self.process = self.cluster.run(self.log, self.arguments)
        return self

    def kill(self):
        self.process.stop(signal.SIGKILL)

    def terminate(self, seconds=40):
        return self.process.stop(signal.SIGTERM, seconds)

    def ends_well(self):
        """Whether it ends at SIGTERM as it should; a sanitizer's complaint changes the exit code."""
        return self.terminate() in self.flavour.ended
