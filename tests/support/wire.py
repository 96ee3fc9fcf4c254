"""wire - somebody on the way to a server who listens, and may change what is said.

A Wire takes connections at an address of its own and passes them on to a real
server.  It keeps every byte of both directions, as it was on the wire: heard is
what clients sent, told is what they were sent.  Changes are functions of a
packet, and the Wire knows enough of the protocol to take packets apart as long
as nothing is encrypted.

    Wire(place)                          only listens
    Wire(place, greeting=f)              f(payload) gives the bytes sent in its place
    Wire(place, after_login=f)           f(number) gives bytes that answer the login
    Wire(place, change=f)                f(bytes) gives what is passed on to clients
    Wire(place, certificate=(pem, key))  speaks TLS with clients itself, and plainly
                                         with the server: hears what TLS would hide
"""
import contextlib
import socket
import ssl
import struct
import threading
import time

TLS = 0x0800            # of the capabilities in a greeting


def packet(payload, number=0):
    return struct.pack('<I', len(payload))[:3] + bytes([number]) + payload


def change_plugin(name, data=b'n' * 20 + b'\0'):
    """The packet with which a server asks for another plugin."""
    return b'\xfe' + name.encode() + b'\0' + data


class Greeting:
    """The first packet of a server, taken apart."""

    def __init__(self, payload):
        self.version, rest = payload[1:].split(b'\0', 1)
        self.thread, self.nonce = rest[:4], rest[4:12]
        self.low, self.middle, self.high = rest[13:15], rest[15:18], rest[18:20]
        self.rest = rest[20:]

    def payload(self):
        return (b'\x0a' + self.version + b'\0' + self.thread + self.nonce + b'\0' + self.low + self.middle
                + self.high + self.rest)

    @property
    def whole_nonce(self):
        return self.nonce + self.rest[11:23]

    def with_tls(self, offered):
        low, = struct.unpack('<H', self.low)
        self.low = struct.pack('<H', low | TLS if offered else low & ~TLS)
        return self

    def with_plugin(self, name):
        self.rest = self.rest[:24] + name.encode() + b'\0'
        return self


def stripped(payload):
    """The greeting of a server without TLS."""
    return packet(Greeting(payload).with_tls(False).payload())


class Wire:
    def __init__(self, place, path=None, greeting=None, after_login=None, certificate=None, pause=0, change=None):
        self.place, self.greeting, self.after_login, self.pause, self.change = place, greeting, after_login, pause, change
        self.heard, self.told, self.inside = bytearray(), bytearray(), bytearray()
        self.connections, self.nonces = 0, []
        self.certificate = None
        if certificate:
            self.certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.certificate.load_cert_chain(*certificate)
        if path:
            self.ear = socket.socket(socket.AF_UNIX)
            self.ear.bind(path)
            self.ear.listen()
        else:
            self.ear = socket.create_server(('127.0.0.1', 0))
            self.port = self.ear.getsockname()[1]
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.take, daemon=True)]
        self.threads[0].start()

    def close(self):
        self.ending.set()
        with contextlib.suppress(OSError):
            self.ear.shutdown(socket.SHUT_RDWR)
        self.ear.close()
        for thread in self.threads:
            thread.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def take(self):
        while not self.ending.is_set():
            try:
                client, _ = self.ear.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self.serve, args=(client,), daemon=True)
            self.threads.append(thread)
            thread.start()

    # One connection ---------------------------------------------------------

    def serve(self, client):
        with contextlib.suppress(OSError, ConnectionError, ssl.SSLError), client:
            server = self.reach()
            with server:
                self.begin(client, server)

    def reach(self):
        if self.ear.family == socket.AF_UNIX:
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.place.socket_path)
            return server
        return socket.create_connection(('127.0.0.1', self.place.port))

    def begin(self, client, server):
        first = read_packet(server)
        self.nonces.append(Greeting(first).whole_nonce)
        self.tell(client, self.greeting(first) if self.greeting else packet(first))
        if self.certificate:
            client = self.speak_tls(client)
        if self.after_login:
            self.answer(client)
        else:
            self.pass_on(client, server)

    def tell(self, client, data):
        self.told += data
        if not self.pause:
            client.sendall(data)
            return
        for byte in data:
            client.sendall(bytes([byte]))
            time.sleep(self.pause)

    def hear(self, client):
        data = read_packet(client, whole=True)
        if isinstance(client, ssl.SSLSocket):
            self.inside += data
        else:
            self.heard += data
        return data

    def speak_tls(self, client):
        self.hear(client)       # the request for it
        return self.certificate.wrap_socket(client, server_side=True)

    def answer(self, client):
        """As a server that wants something else, and never has enough."""
        number = 3 if isinstance(client, ssl.SSLSocket) else 2
        self.hear(client)
        for turn in range(4):
            data = self.after_login(turn)
            if data is None:
                return
            self.tell(client, packet(data, number))
            self.hear(client)
            number += 2

    def pass_on(self, client, server):
        other = threading.Thread(target=self.pump, args=(server, client, self.told, self.change), daemon=True)
        other.start()
        self.pump(client, server, self.heard)
        other.join(20)

    @staticmethod
    def pump(one, other, kept, change=None):
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                data = change(data) if change else data
                kept += data
                other.sendall(data)
        for end, how in ((other, socket.SHUT_WR), (one, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                end.shutdown(how)


def read_exactly(link, count):
    data = b''
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            raise ConnectionError('the end')
        data += more
    return data


def read_packet(link, whole=False):
    header = read_exactly(link, 4)
    payload = read_exactly(link, int.from_bytes(header[:3], 'little'))
    return header + payload if whole else payload
