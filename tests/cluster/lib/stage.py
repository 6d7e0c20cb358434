# stage.py - the cluster that all scenarios run on, and the scheduler that most of them share.
from scheduler import Scheduler
from servers import Cluster


class Stage:
    def __init__(self, folder, flavour):
        self.flavour = flavour
        self.cluster = Cluster(folder)
        self.scheduler_name = "shared"
        self.is_disturbed = False  # whether the API server may be away

    def open(self):
        self.cluster.start()
        kubeconfig = self.cluster.write_kubeconfig("peer.kubeconfig", "peer")
        Scheduler(self.flavour, self.cluster, self.scheduler_name, kubeconfig, "scheduler").start()

    def user(self):
        """The user entry of a scheduler's kubeconfig."""
        return {"token": self.cluster.tokens["peer"]}

    def close(self):
        self.cluster.stop()
