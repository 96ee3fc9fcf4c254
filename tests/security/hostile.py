"""hostile - a link to a real server that lies once.

Hostile(place, kind, seed, at) listens on 127.0.0.1:port and passes on all that
a client and the server at place say to each other, but for one packet of the
server: the at-th of those that the kind is about.  What becomes of it is decided
by the seed alone; so a session is told, and repeated, by (kind, seed, at).

The kinds are in KINDS, each with what it is about and what it may bring about:

  LOUD     the client can tell: no verdict and no row may come of it
  QUIET    valid data instead of other valid data (a bit of a value, a row that
           is given twice, a number that is another): who looks at bytes alone
           cannot tell.  A difference that is not there may be seen, and written;
           the comparison after it tells.  Against it there is TLS.
  NONE     nothing is changed: it is slow, or cut into pieces

Speaks as much of the protocol as is needed to know what a packet is; no TLS, no
compression.  With at None it lies about nothing and counts (self.packets).
"""
import collections
import random
import socket
import struct
import threading
import time

LOUD, QUIET, NONE = 'loud', 'quiet', 'none'
QUIT, QUERY, PREPARE, EXECUTE, CLOSE, BULK = 0x01, 0x03, 0x16, 0x17, 0x19, 0xfa
EOF, ERROR, INFILE, NULL = 0xfe, 0xff, 0xfb, 0xfb
EOF_PACKET = b'\xfe\x00\x00\x02\x00'
ERRORS = (1045, 1054, 1064, 1105, 1142, 1146, 1205, 1213, 1317, 1927, 2013, 65535)
DRIP = 400              # bytes that a slow server gives one by one
MANY = 100_000          # times that one row comes, then the connection ends


def lenenc(number):
    return b'\xfe' + struct.pack('<Q', number)


def read_lenenc(data, at):
    """(number or None, behind it)"""
    first = data[at]
    if first < 0xfb:
        return first, at + 1
    if first == NULL:
        return None, at + 1
    size = {0xfc: 2, 0xfd: 3, 0xfe: 8}[first]
    return int.from_bytes(data[at + 1:at + 1 + size], 'little'), at + 1 + size


def fields(data):
    """The places of the fields of a text row: (start, of the bytes, end)."""
    found, at = [], 0
    while at < len(data):
        length, after = read_lenenc(data, at)
        end = after + (length or 0)
        found.append((at, after, end))
        at = end
    return found


def flipped(data, rng, start=0):
    if len(data) <= start:
        return data
    place, bit = rng.randrange(start, len(data)), 1 << rng.randrange(8)
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1:]


def error_packet(number):
    return b'\xff' + struct.pack('<H', number) + b'#HY000hostile'


class Lie(Exception):
    """The end of a connection, in the way of its argument."""


# --------------------------------------------------------------------------
# What becomes of a packet.  Each is given the talk, the packet's payload and the
# random numbers, and gives payloads to be sent in its place.
# --------------------------------------------------------------------------

def flip(_talk, data, rng):
    return [flipped(data, rng)]


def flip_header(talk, data, rng):
    talk.raw(flipped(talk.header(data), rng) + data)
    return []


def truncate(_talk, data, rng):
    return [data[:rng.randrange(len(data))]]


def cut(talk, data, rng, how):
    whole = talk.header(data) + data
    talk.raw(whole[:rng.randrange(1, len(whole))])
    raise Lie(how)


def cut_fin(talk, data, rng):
    cut(talk, data, rng, 'fin')


def cut_reset(talk, data, rng):
    cut(talk, data, rng, 'reset')


def half_open(talk, data, rng):
    cut(talk, data, rng, 'silent')


def say_shorter(talk, data, rng):
    talk.raw(talk.header(data[:rng.randrange(len(data))]) + data)
    return []


def say_longer(talk, data, rng):
    talk.raw(talk.header(data + bytes(rng.choice((1, 7, 300, 100_000)))) + data)
    return []


def huge_length(_talk, data, rng):
    start, after, _ = rng.choice(fields(data) or [(0, 1, 1)])
    number = rng.choice((0xffffffff, 1 << 31, (1 << 63) - 1, (1 << 64) - 1, len(data) + 1))
    return [data[:start] + lenenc(number) + data[after:]]


def huge_count(_talk, _data, rng):
    return [rng.choice((lenenc((1 << 64) - 1), lenenc(1 << 32), lenenc(1 << 31), lenenc(70_000), b'\xfc\xff\xff'))]


def fewer_columns(_talk, data, _rng):
    return [bytes([data[0] - 1])]


def more_columns(_talk, data, _rng):
    return [bytes([data[0] + 1])]


def drop(_talk, _data, _rng):
    return []


def other_type(_talk, data, rng):
    return [data[:-6] + bytes([rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 245, 246, 252, 253, 254, 255))])
            + data[-5:]]


def other_flags(_talk, data, _rng):
    return [data[:-5] + bytes([data[-5] ^ 0x20]) + data[-4:]]


def error(talk, _data, rng):
    talk.swallow = True
    return [error_packet(rng.choice(ERRORS))]


def error_and_more(_talk, data, rng):
    return [error_packet(rng.choice(ERRORS)), data]


def early_end(talk, _data, _rng):
    talk.swallow = True
    return [EOF_PACKET]


def end_and_more(_talk, data, _rng):
    return [EOF_PACKET, data]


def false_end(_talk, data, rng):
    return [b'\xfe' + data[1:] + bytes(rng.randrange(9))]


def more_results(_talk, data, _rng):
    return [data[:3] + bytes([data[3] | 8]) + data[4:]]


def twice(_talk, data, _rng):
    return [data, data]


def exchange(talk, data, _rng):
    talk.held = data
    return []


def many_rows(talk, data, _rng):
    for _ in range(MANY // 100):
        talk.raw(b''.join(talk.header(data) + data for _ in range(100)))
    raise Lie('fin')


def null_text(_talk, data, rng):
    start, _, end = rng.choice(fields(data))
    return [data[:start] + bytes([NULL]) + data[end:]]


def null_binary(_talk, data, rng):
    return [data[:1] + bytes([data[1] ^ (4 << rng.randrange(3))]) + data[2:]]


def other_digits(_talk, data, rng):
    numbers = [place for place in fields(data) if data[place[1]:place[2]].isdigit()]
    if not numbers:
        return [data]
    _, after, end = rng.choice(numbers)
    return [data[:after] + bytes(rng.choice(b'0123456789') for _ in range(end - after)) + data[end:]]


def no_rows(talk, _data, _rng):
    talk.swallow = True
    return [b'\x00\x00\x00\x02\x00\x00\x00']


def wants_file(talk, _data, _rng):
    talk.swallow = True
    talk.infile = True
    return [b'\xfb/etc/passwd']


def drip(talk, data, _rng):
    whole = talk.header(data) + data
    for byte in whole[:DRIP]:
        talk.raw(bytes([byte]))
        time.sleep(0.001)
    talk.raw(whole[DRIP:])
    return []


def out_of_order(talk, data, rng):
    talk.number = (talk.number + rng.randrange(1, 255)) % 256
    return [data]


def garbage(_talk, data, rng):
    return [bytes(rng.randrange(256) for _ in range(len(data)))]


def empty(_talk, _data, _rng):
    return [b'']


def pieces(talk, data, rng):
    whole = talk.header(data) + data
    place = rng.randrange(1, len(whole))
    talk.raw(whole[:place])
    time.sleep(0.05)
    talk.raw(whole[place:])
    return []


TEXT, BINARY, COLUMN, COUNT, END, OK, PREPARED, GREETING, LOGIN = (
    'text', 'binary', 'column', 'count', 'end', 'ok', 'prepared', 'greeting', 'login')
ROWS = (TEXT, BINARY)
ANY = (TEXT, BINARY, COLUMN, COUNT, END, OK, PREPARED)
FIRST = (COUNT, OK, PREPARED)

# name: (what it does, to which packets, what may come of it)
KINDS = {
    'bit of a row': (flip, ROWS, QUIET),
    'bit of a column': (flip, (COLUMN,), LOUD),
    'bit of an OK': (flip, (OK, PREPARED), LOUD),
    'bit of an end': (flip, (END,), LOUD),
    'bit of a count': (flip, (COUNT,), LOUD),
    'bit of a header': (flip_header, ANY, LOUD),
    'bit of the greeting': (flip, (GREETING, LOGIN), LOUD),
    'truncated packet': (truncate, ANY, LOUD),
    'cut by FIN': (cut_fin, ANY, LOUD),
    'cut by RST': (cut_reset, ANY, LOUD),
    'half-open': (half_open, ANY, LOUD),
    'length too short': (say_shorter, ANY, LOUD),
    'length too long': (say_longer, ANY, LOUD),
    'huge length of a field': (huge_length, (TEXT,), LOUD),
    'huge number of columns': (huge_count, (COUNT,), LOUD),
    'a column less': (fewer_columns, (COUNT,), LOUD),
    'a column more': (more_columns, (COUNT,), LOUD),
    'definition lost': (drop, (COLUMN,), LOUD),
    'another type': (other_type, (COLUMN,), LOUD),
    'another sign': (other_flags, (COLUMN,), LOUD),
    'error at once': (error, FIRST, LOUD),
    'error among rows': (error, ROWS, LOUD),
    'error, and the row': (error_and_more, ROWS, LOUD),
    'early end': (early_end, ROWS, LOUD),
    'end, and the rows': (end_and_more, ROWS, LOUD),
    'no end of rows': (false_end, ROWS, LOUD),
    'more results': (more_results, (END,), LOUD),
    'row twice': (twice, ROWS, QUIET),
    'row lost': (drop, ROWS, LOUD),
    'rows exchanged': (exchange, ROWS, LOUD),
    'rows without end': (many_rows, ROWS, LOUD),
    'NULL in a text row': (null_text, (TEXT,), QUIET),
    'NULL in a binary row': (null_binary, (BINARY,), QUIET),
    'another number': (other_digits, (TEXT,), QUIET),
    'no rows at all': (no_rows, (COUNT,), LOUD),
    'wants a file': (wants_file, FIRST, LOUD),
    'out of order': (out_of_order, ANY, LOUD),
    'garbage': (garbage, ANY, LOUD),
    'empty packet': (empty, ANY, LOUD),
    'slow drip': (drip, ANY, NONE),
    'in pieces': (pieces, ANY, NONE),
}


# --------------------------------------------------------------------------
# A connection
# --------------------------------------------------------------------------

class Talk:
    """One client and the server; knows what the next packet of the server is."""

    def __init__(self, link, client, server):
        self.link, self.client, self.server = link, client, server
        self.number, self.swallow, self.held, self.infile = 0, False, None, False
        self.commands, self.lock = [], threading.Lock()

    # What is sent ----------------------------------------------------------

    def raw(self, data):
        self.client.sendall(data)

    def header(self, data):
        head = len(data).to_bytes(3, 'little') + bytes([self.number])
        self.number = (self.number + 1) % 256
        return head

    def send(self, data):
        self.raw(self.header(data) + data)

    def give(self, what, data):
        """Passes a packet on, or what becomes of it."""
        if self.swallow:
            return
        held, self.held = self.held, None
        replaced = self.link.lie(self, what, data)
        for payload in [data] if replaced is None else replaced:
            self.send(payload)
        if held is not None:
            self.send(held)

    # What comes ------------------------------------------------------------

    def exactly(self, sock, count):
        data = bytearray()
        while len(data) < count:
            piece = sock.recv(min(count - len(data), 1 << 16))
            if not piece:
                raise Lie('fin')
            data += piece
        return bytes(data)

    def packet(self, sock):
        head = self.exactly(sock, 4)
        return head[3], self.exactly(sock, int.from_bytes(head[:3], 'little'))

    def read(self):
        """The next packet of the server."""
        number, data = self.packet(self.server)
        if self.fresh:
            self.number, self.fresh = number, False
        return data

    def from_client(self):
        """All that the client says goes to the server."""
        try:
            while True:
                number, data = self.packet(self.client)
                if self.infile:     # an answer to a question that the server did not ask
                    continue
                if number == 0 and self.greeted and data:
                    with self.lock:
                        self.commands.append(data[0])
                self.server.sendall(len(data).to_bytes(3, 'little') + bytes([number]) + data)
        except (Lie, OSError):
            for sock in (self.server, self.client):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    greeted = fresh = False

    def run(self):
        self.fresh = True
        self.give(GREETING, self.read())
        reader = threading.Thread(target=self.from_client, daemon=True)
        reader.start()
        while True:             # until the server says OK, or no
            self.fresh = True
            data = self.read()
            if data[:1] in (b'\x00', b'\xff'):
                self.greeted = True
                self.give(LOGIN, data)
                break
            self.give(LOGIN, data)
        while True:
            self.answer()

    def next_command(self):
        with self.lock:
            while self.commands and self.commands[0] in (QUIT, CLOSE, 0x18):
                self.commands.pop(0)
            return self.commands.pop(0) if self.commands else QUERY

    def answer(self):
        """One whole answer; when it is one that was replaced, the rest is read and dropped."""
        self.fresh = True
        data = self.read()
        command = self.next_command()
        if command == PREPARE and data[:1] == b'\x00':
            self.prepared(data)
        elif data[:1] in (b'\x00', b'\xff') or (data[:1] == b'\xfe' and len(data) < 9):
            self.give(OK, data)
        elif data[:1] == b'\xfb':       # a LOAD DATA LOCAL that the client asked for
            self.give(OK, data)
            self.fresh = True
            self.give(OK, self.read())
        else:
            self.result(data, BINARY if command == EXECUTE else TEXT)
        self.swallow = False

    def prepared(self, data):
        columns, parameters = struct.unpack('<HH', data[5:9])
        self.give(PREPARED, data)
        for count in (parameters, columns):
            for _ in range(count):
                self.give(COLUMN, self.read())
            if count:
                self.give(END, self.read())

    def result(self, data, rows):
        count, at = read_lenenc(data, 0)
        self.give(COUNT, data)
        if data[at:] == b'\x00':        # MariaDB, of a statement whose columns the client knows already
            count = 0
        for _ in range(count):
            self.give(COLUMN, self.read())
        self.give(END, self.read())
        while True:
            data = self.read()
            if data[:1] == b'\xff' or (data[:1] == b'\xfe' and len(data) < 9):
                self.give(END if data[:1] == b'\xfe' else OK, data)
                return
            self.give(rows, data)


class Hostile:
    """The link.  127.0.0.1:port leads to place, in the end."""

    def __init__(self, place, kind, seed, at=None):
        self.place, self.at = place, at
        self.change, self.about, self.outcome = KINDS[kind]
        self.rng = random.Random(f'{kind} {seed}')
        self.seen, self.told, self.lock = 0, False, threading.Lock()
        self.packets = collections.Counter()    # of each sort, whatever the kind is about
        self.ending, self.socks = False, []
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def lie(self, talk, what, data):
        """None: nothing becomes of it."""
        with self.lock:
            self.packets[what] += 1
        if what not in self.about:
            return None
        with self.lock:
            self.seen += 1
            if self.told or self.at is None or self.seen <= self.at:
                return None
            self.told = True
        return self.change(talk, data, self.rng)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            server = socket.create_connection(('127.0.0.1', self.place.port), timeout=30)
            server.settimeout(None)
        except OSError:
            client.close()
            return
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socks += [client, server]
        how = 'fin'
        try:
            Talk(self, client, server).run()
        except Lie as end:
            how = end.args[0]
        except (OSError, IndexError, KeyError, ValueError, struct.error):
            pass
        if how == 'silent':
            return
        if how == 'reset':
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        for sock in (client, server):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def url(self, database, **query):
        return self.place.url(database, port=self.port, ssl_mode='disabled', **query)

    def close(self):
        for sock in [self.listener, *self.socks]:       # a listener that is only closed goes on waiting
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
