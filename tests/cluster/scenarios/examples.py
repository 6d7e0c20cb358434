# examples.py - the example manifests that the release ships with its test driver.
import os
import re
import subprocess

import manifests
from scene import scenario

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVER = {"DriverName": "test-driver.cdi.k8s.io", "Shareable": True}


def read(scene, name):
    """The manifest for this scene. Two of the examples give claims as plain strings, which no API server takes."""
    folder = subprocess.run([os.path.join(HERE, "..", "examples.sh")], check=True, stdout=subprocess.PIPE,
                            text=True).stdout.strip()
    with open(os.path.join(folder, name)) as file:
        text = file.read()
    text = text.replace("namespace: default", "namespace: " + scene.namespace)
    text = re.sub(r"^( *)- resource$", r"\1- name: resource", text, flags=re.MULTILINE)
    text = re.sub(r"\b(name|resourceClassName): example$", rf"\1: {scene.namespace}", text, flags=re.MULTILINE)
    return re.sub(r"^(kind: Pod\n(?:.+\n)*?spec:\n)",
                  rf"\1  schedulerName: {scene.scheduler_name}\n  nodeSelector: {{scene: {scene.namespace}}}\n",
                  text, flags=re.MULTILINE)


@scenario("the examples of the test driver")
def examples(scene):
    scene.nodes(3)
    scene.programs.append(scene.cluster.start_driver(DRIVER))
    for name in ("resourceclass", "pod-external", "pod-inline", "pod-inline-multiple", "pod-shared", "resourceclaim"):
        manifests.create(scene.api, read(scene, name + ".yaml"), scene.namespace)
    scene.wait_bound("test-external-claim", "test-inline-claim", "pause", "test-shared-claim", "test-shared-claim-2")
    scene.expect_equal(["test-shared-claim", "test-shared-claim-2"], scene.users("shared-claim"), "users")
    scene.wait_allocated(scene.namespace)
    scene.expect_equal([], scene.users(scene.namespace), "users of the immediate claim")


@scenario("the test driver's example of a class that suits no node")
def broken_class(scene):
    scene.nodes(3)
    manifests.create(scene.api, read(scene, "broken-resourceclass.yaml"), scene.namespace)
    manifests.create(scene.api, read(scene, "pod-external.yaml"), scene.namespace)
    scene.wait_unschedulable("test-external-claim", "class excludes the node")
