#!/usr/bin/env python3
# proxy.py - a proxy for tests: CONNECT and SOCKS 5 on one port, which it prints; every host is this one.
import socket
import struct
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def exactly(client, count):
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def accept_socks(client):
    exactly(client, 1)
    exactly(client, exactly(client, 1)[0])
    client.sendall(b"\x05\x00")
    _, _, _, kind = exactly(client, 4)
    if kind != 3:  # not a name: the client has looked it up itself
        raise ConnectionError
    exactly(client, exactly(client, 1)[0])
    port = struct.unpack("!H", exactly(client, 2))[0]
    client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    return port


def accept_connect(client):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(client, 1)
    method, target = head.split()[:2]
    if method != b"CONNECT":
        raise ConnectionError
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    return int(target.rsplit(b":", 1)[1])


def serve(client):
    try:
        is_socks = client.recv(1, socket.MSG_PEEK) == b"\x05"
        port = accept_socks(client) if is_socks else accept_connect(client)
        server = socket.create_connection(("127.0.0.1", port))
    except (OSError, ConnectionError):
        client.close()
        return
    threading.Thread(target=pump, args=(client, server), daemon=True).start()
    pump(server, client)


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


main()
