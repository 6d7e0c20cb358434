# api.py - a small client of the Kubernetes API: requests and watches over HTTPS with verified certificates.
import http.client
import json
import ssl
import threading
import time
import urllib.parse

JSON = "application/json"
APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
YAML = "application/yaml"

RESOURCE_GROUP = "/apis/resource.k8s.io/v1alpha2"
PREFIXES = {
    "clusterrolebindings": "/apis/rbac.authorization.k8s.io/v1",
    "clusterroles": "/apis/rbac.authorization.k8s.io/v1",
    "deployments": "/apis/apps/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "podschedulingcontexts": RESOURCE_GROUP,
    "resourceclaims": RESOURCE_GROUP,
    "resourceclaimtemplates": RESOURCE_GROUP,
    "resourceclasses": RESOURCE_GROUP,
    "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
}


def path(resource, namespace=None, name=None, subresource=None):
    parts = [PREFIXES.get(resource, "/api/v1")]
    if namespace:
        parts += ["namespaces", namespace]
    parts.append(resource)
    parts += [part for part in (name, subresource) if part]
    return "/".join(parts)


class ApiError(Exception):
    """What the API server refused."""

    def __init__(self, method, where, status, text):
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {}
        self.status = status
        self.reason = answer.get("reason", "")
        super().__init__(f"{method} {where}: {status} {answer.get('message', text[:200])}")


class Api:
    """A client; each thread has a connection of its own."""

    def __init__(self, server, certificate, token, timeout=60):
        url = urllib.parse.urlparse(server)
        self.host, self.port = url.hostname, url.port
        self.token = token
        self.timeout = timeout
        self.tls = ssl.create_default_context(cafile=certificate)
        self.local = threading.local()

    def connect(self, timeout):
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.tls)

    def headers(self, content_type=JSON):
        return {"Authorization": "Bearer " + self.token, "Content-Type": content_type, "Accept": JSON}

    def send(self, method, where, data, headers):
        """One request, once more if the server closed an idle connection: it has not seen it then."""
        idle = getattr(self.local, "connection", None)
        self.local.connection = None
        for connection in filter(None, (idle, self.connect(self.timeout))):
            try:
                connection.request(method, where, data, headers)
                response = connection.getresponse()
                text = response.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                if connection is not idle:
                    raise
                continue
            self.local.connection = connection
            return response.status, text
        raise AssertionError("unreachable")

    def request(self, method, where, body=None, content_type=JSON):
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        status, text = self.send(method, where, data, self.headers(content_type))
        if status >= 400:
            raise ApiError(method, where, status, text.decode(errors="replace"))
        return json.loads(text) if text.startswith(b"{") else text.decode()

    def get(self, where):
        return self.request("GET", where)

    def find(self, where):
        """The object, or None where there is none."""
        try:
            return self.get(where)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    def list(self, where):
        return self.get(where)["items"]

    def create(self, where, body, content_type=JSON):
        return self.request("POST", where, body, content_type)

    def replace(self, where, body):
        return self.request("PUT", where, body)

    def merge(self, where, patch):
        return self.request("PATCH", where, patch, MERGE_PATCH)

    def delete(self, where, **options):
        """Delete now, without grace; absent is fine."""
        try:
            self.request("DELETE", where, {"gracePeriodSeconds": 0, **options})
        except ApiError as error:
            if error.status != 404:
                raise

    def watch(self, where, version, stopped):
        """Yield (type, object) until `stopped` is set or the server ends the watch."""
        connection = self.connect(5)
        connection.request("GET", f"{where}?watch=1&allowWatchBookmarks=true&resourceVersion={version}",
                           headers=self.headers())
        stream = connection.getresponse()
        try:
            while not stopped.is_set():
                try:
                    line = stream.readline()
                except TimeoutError:
                    continue
                if not line:
                    return
                event = json.loads(line)
                yield event["type"], event["object"]
        finally:
            connection.close()

    def wait_ready(self, seconds, is_running=lambda: True):
        end = time.monotonic() + seconds
        while time.monotonic() < end and is_running():
            try:
                self.get("/readyz")
                return True
            except (ApiError, OSError, http.client.HTTPException):
                time.sleep(0.1)
        return False


def write_kubeconfig(file_name, server, certificate, user):
    """A kubeconfig with one context; `user` is its user entry. JSON is YAML too."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": certificate}}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    with open(file_name, "w", opener=private) as file:
        json.dump(config, file, indent=1)
        file.write("\n")
    return file_name


def private(file_name, flags):
    """An opener for files with credentials."""
    import os
    return os.open(file_name, flags, 0o600)
