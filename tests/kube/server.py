#!/usr/bin/env python3
# server.py - an HTTPS server that behaves as its paths say, for the tests of the transport.
#
# Usage: server.py CERTIFICATE [PORT]   prints its port once it listens. Keys lie beside certificates;
# client certificates of ca.crt are welcome. The valid token is in the file "valid-token", if there is one.
import gzip
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

counts = {}  # requests by path and key
lock = threading.Lock()


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle_any(self):
        url = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(url.query).items()}
        length = int(self.headers.get("Content-Length", 0))
        self.body = self.rfile.read(length)
        self.number = count(self.path)
        name = url.path.strip("/").split("/")[-1]
        getattr(self, "path_" + name.replace("-", "_"), self.path_ok)()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def arg(self, key, otherwise):
        return int(self.query.get(key, otherwise))

    def answer(self, status, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def start_stream(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def die(self):
        """End the connection without a word: a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True
        raise ConnectionAbortedError

    # Requests.

    def path_ok(self):
        self.answer(200, {"ok": True})

    def path_echo(self):
        peer = self.connection.getpeercert() or {}
        subject = ",".join(value for part in peer.get("subject", ()) for _, value in part)
        self.answer(200, {
            "method": self.command, "path": self.path, "body": self.body.decode(), "subject": subject,
            "headers": {key.lower(): self.headers.get_all(key) for key in self.headers.keys()}})

    def path_count(self):
        self.answer(200, {"count": counts.get(self.query["of"], 0)})

    def path_port(self):
        self.answer(200, {"port": self.client_address[1]})

    def path_status(self):
        headers = {"Retry_After": self.query["retry"]} if "retry" in self.query else {}
        self.answer(self.arg("code", 200), {
            "kind": "Status", "message": "as you asked", "code": self.arg("code", 200)}, **headers)

    def path_throttle(self):
        if self.number <= self.arg("times", 1):
            self.answer(429, {"kind": "Status", "message": "slow down"}, Retry_After="1")
        else:
            self.answer(200, {"number": self.number})

    def path_slow(self):
        time.sleep(self.arg("ms", 0) / 1000)
        self.answer(200, {"slow": True})

    def path_trickle(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(self.arg("bytes", 10)):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(self.arg("ms", 50) / 1000)

    def path_huge(self):
        self.send_response(200)
        self.send_header("Content-Length", self.query["bytes"])
        self.end_headers()
        left = self.arg("bytes", 0)
        while left > 0:
            part = min(left, 1 << 16)
            self.wfile.write(b"x" * part)
            left -= part

    def path_packed(self):
        assert "gzip" in self.headers.get("Accept-Encoding", "")
        self.answer(200, gzip.compress(b"y" * self.arg("bytes", 10)), Content_Encoding="gzip")

    def path_cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def path_vanish(self):
        if self.number > self.arg("after", 0):
            self.die()
        self.answer(200, {"number": self.number})

    def path_auth(self):
        valid = open("valid-token").read().strip()
        if self.headers.get("Authorization") == "Bearer " + valid:
            self.answer(200, {"number": self.number})
        else:
            self.answer(401, {"kind": "Status", "status": "Failure", "message": "Unauthorized",
                              "reason": "Unauthorized", "code": 401})

    # Watches.

    def path_lines(self):
        """So many events, in so many bytes at a time; then the end."""
        text = b"".join(b'{"n":%d}\n' % n for n in range(self.arg("count", 3)))
        step = self.arg("step", len(text))
        self.start_stream()
        for at in range(0, len(text), step):
            self.chunk(text[at:at + step])
        self.chunk(b"")

    def path_odd_lines(self):
        self.start_stream()
        self.chunk(b'{"a":1}\r\n\n\r\n{"b"')
        self.chunk(b':2}\n{"half":')
        self.chunk(b"")

    def path_long_line(self):
        self.start_stream()
        left = self.arg("bytes", 0)
        while left > 0:
            part = min(left, 1 << 16)
            self.chunk(b"x" * part)
            left -= part
        self.chunk(b"\n")
        self.chunk(b'{"after":1}\n')
        self.path_silence()

    def path_silent(self):
        """Events now and then, as many as asked for, then silence on an open connection."""
        self.start_stream()
        for n in range(self.arg("count", 0)):
            self.chunk(b'{"n":%d}\n' % n)
            time.sleep(self.arg("ms", 0) / 1000)
        self.path_silence()

    def path_silence(self):
        time.sleep(60)

    def path_cut_watch(self):
        self.start_stream()
        self.chunk(b'{"n":0}\n{"n":')
        time.sleep(0.05)
        self.die()

    def path_endless(self):
        self.start_stream()
        while True:
            self.chunk(b'{"tick":true}\n' * 10)
            time.sleep(0.001)

    def path_auth_watch(self):
        valid = open("valid-token").read().strip()
        if self.headers.get("Authorization") == "Bearer " + valid:
            self.path_silent()
        else:
            self.path_auth()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(60)
        return connection, address

    def finish_request(self, request, client_address):
        # The handshake belongs to the connection's thread, not to the one that accepts.
        try:
            request = self.context.wrap_socket(request, server_side=True)
            self.RequestHandlerClass(request, client_address, self)
        except OSError:
            pass

    def handle_error(self, request, client_address):
        pass


def main():
    certificate = sys.argv[1]
    server = Server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(certificate + ".crt", certificate + ".key")
    server.context.load_verify_locations("ca.crt")
    server.context.verify_mode = ssl.CERT_OPTIONAL
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
