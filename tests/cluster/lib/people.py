# people.py - what up.sh and down.sh do: a control plane with nodes and drivers that stays until it is told to go.
import argparse
import json
import os
import shutil
import signal
import sys
import time

from servers import Cluster

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
DRIVERS = [{"DriverName": "test-driver.cdi.k8s.io", "NodeLocal": True, "NodeLabels": {"example.com/devices": "yes"},
            "MaxAllocations": 4}]
ORDER = ("driver-", "kube-controller-manager", "kube-apiserver", "etcd")


def started(folder):
    """(rank, name, process id) of the programs that run in the folder, those first that must end first."""
    result = []
    for entry in os.listdir(folder) if os.path.isdir(folder) else []:
        name, suffix = os.path.splitext(entry)
        rank = next((rank for rank, prefix in enumerate(ORDER) if name.startswith(prefix)), None)
        if suffix != ".pid" or rank is None:
            continue
        with open(os.path.join(folder, entry)) as file:
            pid = int(file.read())
        if folder in command_line(pid):
            result.append((rank, name, pid))
    return sorted(result)


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""


def end(folder, pid):
    """SIGTERM, and after five seconds SIGKILL."""
    os.kill(pid, signal.SIGTERM)
    for _ in range(50):
        if folder not in command_line(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


def up(options):
    folder = options.folder
    if started(folder):
        sys.exit(f"a cluster runs in {folder}: end it with tests/cluster/down.sh {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    drivers = DRIVERS
    if options.driver_config:
        with open(options.driver_config) as file:
            drivers = json.load(file)
    cluster = Cluster(folder, tethered=False)
    try:
        cluster.start()
        for number in range(1, options.nodes + 1):
            zone = "abc"[(number - 1) % 3]
            cluster.add_node(f"node-{number}", {"example.com/devices": "yes", "topology.kubernetes.io/zone": zone})
        for config in drivers if isinstance(drivers, list) else [drivers]:
            cluster.start_driver(config)
    except BaseException:
        cluster.stop()
        raise
    print(cluster.kubeconfig)


def down(options):
    for _, name, pid in started(options.folder):
        end(options.folder, pid)
        print("ended " + name)
    shutil.rmtree(options.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog=sys.argv[1] + ".sh")
    default = os.path.join(os.environ.get("CHANDRA_BUILD") or os.path.join(TREE, "build"), "cluster")
    parser.add_argument("folder", nargs="?", default=default, type=os.path.abspath,
                        help="where everything is kept (default: build/cluster in the tree)")
    if sys.argv[1] == "up":
        parser.add_argument("--nodes", type=int, default=3, help="node-1 to node-N, in zones a, b and c in turn (default: 3)")
        parser.add_argument("--driver-config", help="resource configs of test drivers, as chandra simulate takes them")
    {"up": up, "down": down}[sys.argv[1]](parser.parse_args(sys.argv[2:]))


if __name__ == "__main__":
    main()
