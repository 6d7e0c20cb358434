#!/usr/bin/env python3
"""api_server.py - answers lists of a few objects over plain HTTP, and notes every request.

Usage: api_server.py KUBECONFIG LOG. Writes a kubeconfig for itself, then serves until it is killed.
"""
import http.server
import json
import sys
import urllib.parse

GROUP = "/apis/resource.k8s.io/v1alpha2/"
NODES = [{"metadata": {"name": f"live-{i}", "uid": f"n{i}", "labels": {"zone": "ab"[i % 2]}}} for i in range(5)]
CLASS = {"metadata": {"name": "gpu", "uid": "c"}, "driverName": "gpu.example.com"}
CLAIM = {"metadata": {"name": "claim", "namespace": "ml", "uid": "r"},
         "spec": {"resourceClassName": "gpu", "allocationMode": "WaitForFirstConsumer"}}
POD = {"metadata": {"name": "train", "namespace": "ml", "uid": "p",
                    "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "x"}]},
       "spec": {"containers": [{"name": "main", "image": "i"}],
                "resourceClaims": [{"name": "gpu", "source": {"resourceClaimName": "claim"}}]}}
LISTS = {"/api/v1/namespaces": [{"metadata": {"name": "ml", "uid": "ns"}}], "/api/v1/nodes": NODES,
         "/api/v1/pods": [POD], GROUP + "resourceclasses": [CLASS], GROUP + "resourceclaims": [CLAIM],
         GROUP + "resourceclaimtemplates": [], GROUP + "podschedulingcontexts": []}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        with open(sys.argv[2], "a") as log:
            log.write(f"{self.command} {self.path}\n")
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        items = LISTS.get(url.path)
        # Two of a page, whatever the limit, and a token that has to be encoded.
        begin = int(query.get("continue", ["at+0"])[0][3:])
        page = (items or [])[begin:begin + 2]
        more = f"at+{begin + 2}" if items and begin + 2 < len(items) else ""
        body = json.dumps({"kind": "List", "metadata": {"continue": more}, "items": page}).encode()
        self.send_response(200 if items is not None and self.command == "GET" else 405)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "test",
              "clusters": [{"name": "test", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
              "users": [{"name": "test", "user": {}}],
              "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump(config, file)
    import os
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()


main()
