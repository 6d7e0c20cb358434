# mend.py - works around a fault of the release's claim controller.
import time

from api import APPLY_PATCH, path

GRACE = 3  # seconds in which a name may be missing
ANNOTATION = "resource.kubernetes.io/pod-claim-name"


class Mender:
    """When its caches lag, the claim controller writes a pod's status with some of the names of the pod's claims,
    which drops the others, and from then on swaps them without end. Names that somebody else owns too stay."""

    def __init__(self, api, namespace):
        self.api = api
        self.namespace = namespace
        self.missing_since = {}

    def mend(self, pods):
        for pod in pods:
            uid = pod["metadata"]["uid"]
            wanted = [entry for entry in pod["spec"].get("resourceClaims", [])
                      if "resourceClaimTemplateName" in entry["source"]]
            if len(wanted) < 2 or len(pod["status"].get("resourceClaimStatuses", [])) == len(wanted):
                self.missing_since.pop(uid, None)
            elif time.monotonic() - self.missing_since.setdefault(uid, time.monotonic()) > GRACE:
                self.own_names(pod)

    def own_names(self, pod):
        name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        claims = [claim["metadata"] for claim in self.api.list(path("resourceclaims", self.namespace))]
        names = [{"name": claim["annotations"][ANNOTATION], "resourceClaimName": claim["name"]} for claim in claims
                 if any(owner["uid"] == uid for owner in claim.get("ownerReferences", []))]
        where = path("pods", self.namespace, name, "status") + "?fieldManager=tests&force=true"
        self.api.request("PATCH", where, {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": self.namespace},
            "status": {"resourceClaimStatuses": names}}, APPLY_PATCH)
