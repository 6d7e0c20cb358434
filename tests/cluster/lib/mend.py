# mend.py - works around a fault of the release's claim controller, and around nothing else.
import time

from api import APPLY_PATCH, ApiError, path

GRACE = 3  # seconds in which a name may be missing
ANNOTATION = "resource.kubernetes.io/pod-claim-name"
CONTROLLER = "ResourceClaimController"


class Unproven(AssertionError):
    """Names of claims are missing, and it was not the claim controller that dropped them."""


class Mender:
    """When its caches lag, the claim controller writes a pod's status with some of the names of the pod's claims,
    which drops the others, and from then on swaps them without end. Names that somebody else owns too stay.

    It acts only where that is proven: all writers of the status's claim names, as the API server noted them, are the
    claim controller, and each claim that is missing a name is the pod's own and there. Anything else fails the
    scenario: it may be a fault of ours."""

    def __init__(self, api, namespace):
        self.api = api
        self.namespace = namespace
        self.missing_since = {}
        self.mended = []

    def mend(self, pods):
        for pod in pods:
            uid = pod["metadata"]["uid"]
            missing = missing_entries(pod)
            if not missing or pod["metadata"].get("deletionTimestamp"):
                self.missing_since.pop(uid, None)
            elif time.monotonic() - self.missing_since.setdefault(uid, time.monotonic()) > GRACE:
                self.own_names(pod, missing)

    def own_names(self, pod, missing):
        name = pod["metadata"]["name"]
        writers = name_writers(pod)
        names = self.claims_of(pod)
        if writers != {(CONTROLLER, "Apply")}:
            raise Unproven(f"pod {name} lacks the claims of {missing}, and its claim names were written by {writers}")
        if not set(missing) <= set(names):
            return  # the controller is still making them, or waits for a template
        self.mended.append(name)
        print(f"mended the claim names of pod {self.namespace}/{name}: the claim controller dropped {missing}", flush=True)
        where = path("pods", self.namespace, name, "status") + "?fieldManager=tests&force=true"
        try:
            self.api.request("PATCH", where, {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": self.namespace, "uid": pod["metadata"]["uid"]},
                "status": {"resourceClaimStatuses": [{"name": entry, "resourceClaimName": claim}
                                                     for entry, claim in names.items()]}}, APPLY_PATCH)
        except ApiError as error:
            if error.status not in (404, 409, 422):  # the pod has gone, or another has its name
                raise

    def claims_of(self, pod):
        """Claim by entry of those that the claim controller made for the pod."""
        claims = [claim["metadata"] for claim in self.api.list(path("resourceclaims", self.namespace))]
        return {claim["annotations"][ANNOTATION]: claim["name"] for claim in claims
                if ANNOTATION in claim.get("annotations", {}) and
                any(owner["uid"] == pod["metadata"]["uid"] for owner in claim.get("ownerReferences", []))}


def missing_entries(pod):
    """The entries of a pod with several templates that have lost their name, while others have one."""
    wanted = [entry["name"] for entry in pod["spec"].get("resourceClaims", [])
              if "resourceClaimTemplateName" in entry["source"]]
    there = {status["name"] for status in pod["status"].get("resourceClaimStatuses", [])}
    return [name for name in wanted if name not in there] if len(wanted) > 1 and there else []


def name_writers(pod):
    """(manager, operation) of all who wrote claim names into the pod's status."""
    return {(entry["manager"], entry["operation"]) for entry in pod["metadata"].get("managedFields", [])
            if "f:resourceClaimStatuses" in entry.get("fieldsV1", {}).get("f:status", {})}
