# proxy.py - a proxy before the API server that fails, delays and cuts requests as a test tells it to.
import http.client
import http.server
import json
import random
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Request:
    method: str
    path: str

    @property
    def is_write(self):
        return self.method != "GET"

    @property
    def is_watch(self):
        return "watch=" in self.path


@dataclass
class Fault:
    """What goes wrong with one request. Nothing by default."""

    delay: float = 0  # seconds before it is passed on
    status: int = 0  # answered by the proxy in place of the server
    headers: dict = field(default_factory=dict)
    cut_before: bool = False  # the connection is closed before the server sees the request
    cut_after: bool = False  # the server's answer is lost
    cut_watch: float = 0  # seconds after which a watch is cut in the middle


FAIR = Fault()


def some(share, seed=1):
    """Faults for a share of the requests: a third fails, a third is late, a third is cut."""
    lottery = random.Random(seed)
    kinds = [Fault(status=500), Fault(status=429, headers={"Retry-After": "1"}), Fault(status=503), Fault(delay=0.7),
             Fault(delay=1.5), Fault(cut_before=True), Fault(cut_after=True)]

    def decide(request):
        if request.is_watch:
            return Fault(cut_watch=lottery.uniform(0.5, 3))
        return lottery.choice(kinds) if lottery.random() < share else FAIR
    return decide


class Proxy:
    """Listens with the server's own certificate, so that clients verify it as they verify the server."""

    def __init__(self, cluster, decide=lambda request: FAIR, answered=lambda request: None):
        self.cluster = cluster
        self.decide = decide
        self.answered = answered
        self.faults = 0
        self.streams = set()  # handlers of the watches that are open
        self.hung_up = 0  # silent watches that their client has given up
        self.lock = threading.Lock()
        proxy = self

        class Handler(RequestHandler):
            owner = proxy
        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.listener.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cluster.certificate, cluster.file("certs/apiserver.key"))
        self.listener.socket = tls.wrap_socket(self.listener.socket, server_side=True, do_handshake_on_connect=False)
        self.server = f"https://127.0.0.1:{self.listener.server_address[1]}"
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def silence(self):
        """From now on pass nothing on of the watches that are open, and leave them open; how many there are."""
        with self.lock:
            streams = list(self.streams)
        for stream in streams:
            stream.is_silent = True
            threading.Thread(target=self.await_end, args=(stream,), daemon=True).start()
        return len(streams)

    def await_end(self, stream):
        """A client of a watch only speaks to end it."""
        try:
            stream.connection.recv(1)
        except OSError:
            pass
        with self.lock:
            self.hung_up += 1
        stream.hang_up()

    def cut_watches(self, part):
        """Cut the open watches whose path contains this; how many there were."""
        with self.lock:
            streams = [stream for stream in self.streams if part in stream.path]
        for stream in streams:
            stream.hang_up()
        return len(streams)

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()


class RequestHandler(http.server.BaseHTTPRequestHandler):
    """One connection of a client, with a connection of its own to the API server."""

    protocol_version = "HTTP/1.1"
    timeout = 300
    is_silent = False

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.upstream = self.owner.cluster.api.connect(60)

    def finish(self):
        self.upstream.close()
        super().finish()

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def serve(self):
        request = Request(self.command, self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.decide(request)
        self.owner.faults += fault is not FAIR and not request.is_watch
        time.sleep(fault.delay)
        if fault.cut_before:
            return self.cut()
        if fault.status:
            return self.refuse(fault)
        try:
            response = self.forward(body)
        except (OSError, http.client.HTTPException):
            self.upstream.close()
            return self.cut()
        self.owner.answered(request)
        if fault.cut_after:
            return self.cut()
        return self.pass_back(response, fault.cut_watch)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def forward(self, body):
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        try:
            self.upstream.request(self.command, self.path, body or None, headers)
            return self.upstream.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.upstream.close()  # the server closed an idle connection
            self.upstream.request(self.command, self.path, body or None, headers)
            return self.upstream.getresponse()

    def cut(self):
        self.close_connection = True
        self.connection.close()

    def refuse(self, fault):
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": fault.status,
                           "message": "failed by the proxy of the tests"}).encode()
        self.send_response(fault.status)
        for name, value in {**fault.headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pass_back(self, response, seconds):
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if response.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            return self.stream(response, time.monotonic() + seconds if seconds else None)
        body = response.read()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return self.wfile.write(body)

    def stream(self, response, end):
        """Pass pieces on as they come, up to the end of time or of the answer."""
        self.upstream.sock.settimeout(max(0.1, end - time.monotonic()) if end else None)
        with self.owner.lock:
            self.owner.streams.add(self)
        try:
            while True:
                piece = response.read1(65536)
                if self.is_silent and piece:
                    continue
                if not piece:
                    self.wfile.write(b"0\r\n\r\n")
                    return
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                if end and time.monotonic() > end:
                    break
        except (TimeoutError, OSError, http.client.HTTPException):
            pass
        finally:
            with self.owner.lock:
                self.owner.streams.discard(self)
        self.upstream.close()
        self.cut()

    def hang_up(self):
        """End the stream from another thread."""
        try:
            self.upstream.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass  # it has ended
