# manifests.py - creates the objects of manifests; the API server itself reads the YAML.
import re

from api import YAML, path

RESOURCES = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "Namespace": "namespaces",
    "Pod": "pods",
    "ResourceClaim": "resourceclaims",
    "ResourceClaimTemplate": "resourceclaimtemplates",
    "ResourceClass": "resourceclasses",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
}
CLUSTER_KINDS = {"ClusterRole", "ClusterRoleBinding", "Namespace", "ResourceClass"}


def documents(text):
    """(kind, text) of each document."""
    parts = re.split(r"^---$", text, flags=re.MULTILINE)
    return [(re.search(r"^kind: (\w+)", part, re.MULTILINE)[1], part) for part in parts if "kind:" in part]


def create(api, text, namespace):
    """Create every object; those that name no namespace come into this one."""
    for kind, part in documents(text):
        own = re.search(r"^metadata:\n(?:  .*\n)*?  namespace: (\S+)", part, re.MULTILINE)
        where = None if kind in CLUSTER_KINDS else own[1] if own else namespace
        api.create(path(RESOURCES[kind], where) + "?fieldValidation=Strict", part, YAML)
