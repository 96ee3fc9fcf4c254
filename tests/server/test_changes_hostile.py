"""dbsync changes behind a server that lies: an error, never a line of what was not committed, never a state that moves past it."""
import contextlib
import json
import os
import random
import socket
import struct
import threading
import time
import zlib

from harness import Running, ServerTest, faults_path, like_pairs
from test_changes import parse
from wire import Wire, packet, read_packet, stripped

HEADER, CHECKSUM = 19, 4
QUERY, ROTATE, FORMAT, XID, BEGIN_LOAD, MAP, INCIDENT = 2, 4, 15, 16, 17, 19, 26
WRITE = (23, 30)
GTID = (33, 162)
DUMP = (18, 30)
CUT = object()          # the connection ends there


def event_type(event):
    return event[4]


def remade(event, body=None, kind=None, position=None, flags=None, checksum=True):
    """The same event with something else in it, and all that is said of it right again."""
    body = event[HEADER:-CHECKSUM] if body is None else body
    said = bytearray(event[:HEADER])
    said[4] = event_type(event) if kind is None else kind
    said[9:13] = struct.pack('<I', HEADER + len(body) + CHECKSUM)
    if position is not None:
        said[13:17] = struct.pack('<I', position)
    if flags is not None:
        said[17:19] = struct.pack('<H', flags)
    whole = bytes(said) + body
    return whole + struct.pack('<I', zlib.crc32(whole) if checksum else 0)


class Packet(bytes):
    """A packet as it is, instead of an event."""


class LogWire(Wire):
    """Gives the events of a log (that ends) to lie(events), and passes on what that returns: events, Packets, or CUT."""

    def __init__(self, place, lie):
        super().__init__(place, greeting=stripped)
        self.lie = lie
        self.dumps = set()      # clients that have asked for a log

    def pass_on(self, client, server):
        for link in (client, server):       # each packet is sent by itself
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        other = threading.Thread(target=self.follow, args=(server, client), daemon=True)
        other.start()
        with contextlib.suppress(OSError):
            while True:
                data = read_packet(client, whole=True)
                if data[3] == 0 and data[4] in DUMP and len(data) > 10:
                    self.dumps.add(client)
                server.sendall(data)
        self.hang_up(server)
        other.join(20)

    @staticmethod
    def hang_up(link):
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)

    def follow(self, server, client):
        events = []
        with contextlib.suppress(OSError):
            while True:
                data = read_packet(server, whole=True)
                if client not in self.dumps:
                    client.sendall(data)
                elif data[4] == 0:
                    events.append(data[5:])
                else:
                    self.tell_all(client, [*self.lie(events), Packet(data[4:])])
        self.hang_up(client)

    def tell_all(self, client, items):
        for number, item in enumerate(items, 1):
            if item is CUT:
                self.hang_up(client)
                return
            client.sendall(packets(item if isinstance(item, Packet) else b'\0' + item, number))


def packets(payload, number):
    """In so many as it needs; what comes next is not numbered right then, but it is the last one."""
    most, out = 0xffffff, b''
    while len(payload) >= most:
        out += b'\xff\xff\xff' + bytes([number % 256]) + payload[:most]
        payload, number = payload[most:], number + 1
    return out + packet(payload, number % 256)


class HostileLog(ServerTest):
    not_for_old = 'its log is read by test_changes_old'

    def two_servers(self, source, target):
        place = self.server(source, f'changes-{os.getpid()}')
        return place, place

    def setUp(self):
        super().setUp()
        self.place = self.source
        self.db = self.new_database(self.place)
        self.family = self.place.name.split('-')[0]
        run = self.session(self.place, self.db).run
        run('CREATE TABLE t (id INT PRIMARY KEY)')
        answer = self.dbsync('changes', '--state', 'first', self.place.url(self.db))
        self.expect_exit(answer, 0)
        with open(os.path.join(self.program.folder, 'first'), encoding='utf-8') as file:
            self.first = file.read()
        for ids in ('(1),(2)', '(3),(4)', '(5)'):
            run(f'INSERT INTO t VALUES {ids}')

    def lied_to(self, lie, binary=None):
        """By dbsync as it is built with sanitizers, or another one."""
        self.program.file('state', self.first)
        with LogWire(self.place, lie) as link:
            url = self.place.url(self.db, port=link.port, ssl_mode='disabled')
            words = [binary or faults_path(), 'changes', '--state', 'state', url]
            return Running(words, self.program.environment(), self.program.folder).wait(60)

    def read(self, lie, binary=None):
        """What a lie made of it; with what a true server says after it, all comes once."""
        answer = self.lied_to(lie, binary)
        self.assertIn(answer.exit, (0, 4, 6), answer)
        keys = [line['key']['id'] for line in parse(answer.out)]
        self.assertIn(keys, ([], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5]), answer)
        with open(os.path.join(self.program.folder, 'state'), encoding='utf-8') as file:
            self.kept = json.load(file)['place']
        rest = self.dbsync('changes', '--state', 'state', self.place.url(self.db))
        self.expect_exit(rest, 0)
        self.assertEqual(keys + [line['key']['id'] for line in parse(rest.out)], [1, 2, 3, 4, 5], answer)
        return answer, keys


class LiesOfALog(HostileLog):
    def refuse(self, lie, *words, code=4, keys=(1, 2)):
        answer, found = self.read(lie)
        self.expect_error(answer, code, *words)
        self.assertEqual(found, list(keys))

    def lie_about(self, kinds, change, which=1):
        """Of the second event of these types (or another): change(event) gives what comes in its place."""
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)

        def lie(events):
            found = [n for n, event in enumerate(events) if event_type(event) in kinds][which]
            return [*events[:found], *change(events[found]), *events[found + 1:]]
        return lie

    @like_pairs
    def test_damage(self):
        write, ends, body = WRITE, XID, slice(HEADER, -CHECKSUM)
        for name, lie, words, *more in (
                ('checksum', self.lie_about(write, lambda e: [remade(e, checksum=False)]), 'the checksum of an event is wrong'),
                ('cut', self.lie_about(write, lambda e: [e[:-9] + struct.pack('<I', zlib.crc32(e[:-9]))]), 'an event has another length than it says'),
                ('no header', self.lie_about(write, lambda e: [e[:7]]), 'is damaged at position'),
                ('rows cut', self.lie_about(write, lambda e: [remade(e, e[body][:-1])]), 'the values of a row are cut off'),
                ('rows of no columns', self.lie_about(write, lambda e: [remade(e, e[body][:9])]), 'an event does not fit the table that it is of'),
                ('no map', self.lie_about(MAP, lambda e: [], 0), 'rows of a table that was not named before', ()),
                ('map cut', self.lie_about(MAP, lambda e: [remade(e, e[body][:12] + b'x')]), 'describes a table in a way', (1, 2), 6),
                ('map of 17 MB', self.lie_about(MAP, lambda e: [remade(e, b'\1' * (17 << 20))]), 'the binary log describes a table in'),
                ('no end', self.lie_about(ends, lambda e: []), 'a transaction begins, and the one before it has not ended'),
                ('another begin', self.lie_about(ends, lambda e: [remade(e, b'\0' * 14 + b'BEGIN', QUERY), e]), 'and the one before it has not ended'),
                ('id', self.lie_about(GTID, lambda e: [remade(e, b'\0' * 5)]), 'the id of a transaction cannot be read'),
                ('statement', self.lie_about(ends, lambda e: [remade(e, b'\0' * 5, QUERY)]), 'a statement cannot be read'),
                ('statement, packed', self.lie_about(ends, lambda e: [remade(e, b'\0' * 14 + b'\x81\xff\0', 165)]), 'a statement cannot be read'),
                ('savepoint', self.lie_about(ends, lambda e: [remade(e, b'\0' * 14 + b'SAVEPOINT a', QUERY)]), 'the name of a savepoint cannot be read'),
                ('back to none', self.lie_about(ends, lambda e: [remade(e, b'\0' * 14 + b'ROLLBACK TO `a`', QUERY)]), 'it goes back to a savepoint `a` that was not set'),
                ('back to one without a name', self.lie_about(ends, lambda e: [remade(e, b'\0' * 14 + b'ROLLBACK TO a', QUERY)]), 'the name of a savepoint'),
                ('prepare', self.lie_about(ends, lambda e: [remade(e, b'\0' * 5, 38)]), 'XA PREPARE cannot be read'),
                ('xid', self.lie_about(ends, lambda e: [remade(e, b'\0' * 14 + b'XA COMMIT x', QUERY)]), 'the end of an XA transaction cannot be read'),
                ('payload', self.lie_about(ends, lambda e: [remade(e, b'\1\1\7xx', 40)]), 'a compressed transaction cannot be read'),
                ('position', self.lie_about(ends, lambda e: [remade(e, position=5)]), 'an event ends before it begins'),
                ('format', self.lie_about(FORMAT, lambda e: [remade(e, b'\0' * 90)], 0), 'its first event cannot be read', ()),
                ('file', self.lie_about(ROTATE, lambda e: [remade(e, struct.pack('<Q', 4) + b'other.000001')], 0), 'another file was sent', ()),
                ('file without a name', self.lie_about(ROTATE, lambda e: [remade(e, b'\4\0')], 0), 'the name of its next file cannot be read', ()),
                ('incident', self.lie_about(ends, lambda e: [remade(e, b'\1\0\0', INCIDENT)]), 'the binary log at '),
                ('load', self.lie_about(ends, lambda e: [remade(e, b'\1\0\0\0', BEGIN_LOAD)]), 'has run a statement, and what it changed is not known: LOAD DATA'),
                ('of a time to come', self.lie_about(ends, lambda e: [remade(e, kind=200)]), 'an event of type 200', (1, 2), 6),
                ('no packet of a log', self.lie_about(ends, lambda e: [Packet(b'\7abc')]), 'neither an event nor the end of the log'),
                ('the end of the connection', self.lie_about(write, lambda e: [e, CUT]), 'source'),
                ('an error', self.lie_about(write, lambda e: [e, Packet(b'\xff\xd4\x04#HY000purged \x1b[31m')]), 'begin with --from snapshot')):
            with self.subTest(name=name):
                keys, code = more[0] if more else (1, 2), more[1] if len(more) > 1 else 4
                self.refuse(lie, words, code=code, keys=keys)

    @like_pairs
    def test_what_is_of_no_importance(self):
        for name, lie, keys in (
                ('ignorable', self.lie_about(XID, lambda e: [remade(e, kind=200, flags=0x80), e]), [1, 2, 3, 4, 5]),
                ('the end in a transaction', lambda events: events[:[n for n, e in enumerate(events) if event_type(e) in WRITE][1] + 1], [1, 2]),
                ('the end before all', lambda events: [], []),
                ('20,000 files', lambda events: [*events[:2], *[events[0]] * 20000, *events[2:]], [1, 2, 3, 4, 5])):
            with self.subTest(name=name):
                answer, found = self.read(lie)
                self.expect_exit(answer, 0)
                self.assertEqual(found, keys)

    @like_pairs
    def test_bytes_that_are_exchanged(self):
        """With checksums that are right again: what a server with a defect might send."""
        rng = random.Random(os.environ.get('DBSYNC_HOSTILE_SEED', '1'))
        end = time.monotonic() + 10
        seen = set()
        while time.monotonic() < end:
            turn = rng.randrange(1 << 30)

            def lie(events, turn=turn):
                dice = random.Random(turn)
                at = dice.randrange(1, len(events))
                body = bytearray(events[at][HEADER:-CHECKSUM])
                for _ in range(dice.choice((1, 1, 2, 5))):
                    if body:
                        body[dice.randrange(len(body))] = dice.choice((0, 1, 0x7f, 0x80, 0xfc, 0xfe, 0xff, dice.randrange(256)))
                if dice.randrange(4) == 0:
                    del body[dice.randrange(len(body) + 1):]
                return [*events[:at], remade(events[at], bytes(body)), *events[at + 1:]]
            answer = self.lied_to(lie)
            seen.add(answer.exit)
            with self.subTest(turn=turn):
                self.assertIn(answer.exit, (0, 4, 6), answer)
                for line in answer.out.splitlines():
                    self.assertIn('place', json.loads(line))
        self.assertTrue({0, 4} <= seen, seen)


class Cuts(HostileLog):
    """HC-209, 210, 217: the connection ends behind each event, and what is stored is never inside of a transaction."""
    each_server = True

    def test_hc_209_210_217_behind_each_event(self):
        lengths, places = [], set()
        self.read(lambda events: lengths.append(len(events)) or events)
        for number in range(lengths[0]):
            with self.subTest(number=number):
                answer, _ = self.read(lambda events, number=number: [*events[:number], CUT], faults_path(is_sanitized=False))
                self.expect_exit(answer, 4)
                places.add(self.kept)
        self.assertEqual(len(places), 3, 'before the first one, and behind the first and the second')
