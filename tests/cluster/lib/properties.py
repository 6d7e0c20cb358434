# properties.py - what must hold in a namespace whenever nothing more happens, whatever happened before.
from api import path


def claim_names(pod):
    """The claim that each entry of the pod stands for; None if it has none yet."""
    generated = {status["name"]: status.get("resourceClaimName")
                 for status in pod.get("status", {}).get("resourceClaimStatuses", [])}
    return [entry["source"].get("resourceClaimName") or generated.get(entry["name"])
            for entry in pod["spec"].get("resourceClaims", [])]


def matches(selector, labels):
    """Whether one term fits; drivers write In alone."""
    return any(all(labels.get(need["key"]) in need["values"] for need in term.get("matchExpressions", []))
               for term in selector["nodeSelectorTerms"])


def broken_claim(pod, name, claim, labels):
    """Why a bound pod must not have run with this claim, or None."""
    allocation = (claim or {}).get("status", {}).get("allocation")
    if allocation is None:
        return f"is bound, but claim {name} is not allocated"
    if pod["metadata"]["uid"] not in [user["uid"] for user in claim["status"].get("reservedFor", [])]:
        return f"is bound, but claim {name} is not reserved for it"
    selector = allocation.get("availableOnNodes")
    if selector and not matches(selector, labels):
        return f"is bound to {pod['spec']['nodeName']}, where claim {name} is not available"
    return None


def broken_properties(api, namespace, cleans_up):
    """Sentences about everything that is wrong; empty when all is well. A scheduler that does not clean up leaves
    contexts when it is killed at the wrong moment, as kube-scheduler does."""
    pods = {pod["metadata"]["uid"]: pod for pod in api.list(path("pods", namespace))}
    claims = {claim["metadata"]["name"]: claim for claim in api.list(path("resourceclaims", namespace))}
    nodes = {node["metadata"]["name"]: node["metadata"].get("labels", {}) for node in api.list(path("nodes"))}
    # The claim controller's contexts have no potential nodes; it makes them for bound pods, and nobody deletes them.
    contexts = {context["metadata"]["name"] for context in api.list(path("podschedulingcontexts", namespace))
                if "potentialNodes" in context["spec"]}
    broken = []
    for pod in pods.values():
        name, node = pod["metadata"]["name"], pod["spec"].get("nodeName")
        if not node:
            continue
        complaints = [broken_claim(pod, claim, claims.get(claim), nodes.get(node, {})) for claim in claim_names(pod)]
        broken += [f"pod {name} {complaint}" for complaint in complaints if complaint]
        if name in contexts and cleans_up:
            broken.append(f"pod {name} is bound, and its PodSchedulingContext is still there")
    for name, claim in claims.items():
        for user in claim.get("status", {}).get("reservedFor", []):
            if not pods.get(user["uid"], {}).get("spec", {}).get("nodeName"):
                broken.append(f"claim {name} is reserved for {user['name']}, which is not bound")
    return broken
