# mending.py - what works around a fault of the claim controller must not hide one of the scheduler.
import mend
from scene import scenario


class Nowhere:
    """A client for which there are two claims of a pod, and which notes what is written."""

    def __init__(self, entries):
        self.entries = entries
        self.written = []

    def list(self, _):
        return [{"metadata": {"name": "claim-of-" + entry, "ownerReferences": [{"uid": "u"}],
                              "annotations": {mend.ANNOTATION: entry}}} for entry in self.entries]

    def request(self, method, where, body, _):
        self.written.append(body)


def pod(*named, writers=(mend.CONTROLLER,), operation="Apply"):
    """A pod with templates for left and right, of which these have names."""
    return {"metadata": {"name": "pod", "uid": "u", "managedFields": [
                {"manager": writer, "operation": operation,
                 "fieldsV1": {"f:status": {"f:resourceClaimStatuses": {}}}} for writer in writers] + [
                {"manager": "chandra", "operation": "Update", "fieldsV1": {"f:status": {"f:conditions": {}}}}]},
            "spec": {"resourceClaims": [{"name": name, "source": {"resourceClaimTemplateName": name}}
                                        for name in ("left", "right")]},
            "status": {"resourceClaimStatuses": [{"name": name} for name in named]}}


def mended(api, *pods):
    """How many pods were mended, or "unproven", after the time of grace."""
    mender = mend.Mender(api, "nowhere")
    try:
        for one in pods:
            mender.mend([one])
            mender.missing_since = {uid: since - mend.GRACE - 1 for uid, since in mender.missing_since.items()}
            mender.mend([one])
    except mend.Unproven:
        return "unproven"
    return len(mender.mended)


@scenario("a lost claim name is mended only where the claim controller lost it")
def mending(scene):
    both = Nowhere(["left", "right"])
    scene.expect_equal(1, mended(both, pod("left")), "the controller's fault")
    scene.expect_equal([{"name": "left", "resourceClaimName": "claim-of-left"},
                        {"name": "right", "resourceClaimName": "claim-of-right"}],
                       both.written[0]["status"]["resourceClaimStatuses"], "names")
    scene.expect_equal("unproven", mended(both, pod("left", writers=("chandra",))), "another writer")
    scene.expect_equal("unproven", mended(both, pod("left", writers=(mend.CONTROLLER, "chandra"))), "a second writer")
    scene.expect_equal("unproven", mended(both, pod("left", operation="Update")), "another kind of write")
    scene.expect_equal(0, mended(both, pod("left", "right")), "all names are there")
    scene.expect_equal(0, mended(both, pod()), "no name was ever written")
    scene.expect_equal(0, mended(Nowhere(["left"]), pod("left")), "there is no claim for the name")
    scene.expect_equal(1, len(both.written), "writes")
