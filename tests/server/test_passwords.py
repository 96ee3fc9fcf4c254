"""The password does not leave before TLS is decided.

Every run goes through somebody on the way (tests/support/wire.py) who keeps all bytes, and these
are searched for the password.  Part of the runs is told by him that the server has no TLS, which is
what an attacker does, and what a server without TLS looks like.
"""
import subprocess
import tempfile

import wire
from harness import ServerTest

PASSWORD = 'Geheim-Wort-4711-langes'
MODES = ('disabled', 'preferred', 'required', 'verify-ca', 'verify-identity')
VERIFIED = ('verify-ca', 'verify-identity')
NO_TLS = 'requires tls, which the server does not support'
GIVEN_AWAY = 'reveals the password'
DENIED = 'access denied'
TLS_RECORD = b'\x16\x03'
REQUEST = 36            # bytes with which a client asks for TLS: no name, no password

SAFE = {'mysql_native_password': "IDENTIFIED BY '{password}'",
        'client_ed25519': "IDENTIFIED VIA ed25519 USING PASSWORD('{password}')",
        'caching_sha2_password': "IDENTIFIED WITH caching_sha2_password BY '{password}'",
        'sha256_password': "IDENTIFIED WITH sha256_password BY '{password}'"}
CLEAR = {'mysql_old_password': "IDENTIFIED VIA mysql_old_password USING '{old}'",
         'dialog': 'IDENTIFIED VIA pam',
         'mysql_clear_password': 'IDENTIFIED VIA pam'}
LOGS_IN = {*SAFE, 'mysql_old_password'}


class Passwords(ServerTest):
    once = True

    def user(self, place, plugin):
        name = f'w{self.db[9:]}'
        old = ''
        if plugin == 'mysql_old_password':
            old = place.sql(f"SELECT OLD_PASSWORD('{PASSWORD}')")[0][0]
        how = {**SAFE, **CLEAR}[plugin].format(password=PASSWORD, old=old)
        place.sql(f"DROP USER IF EXISTS '{name}'@'%'", f"CREATE USER '{name}'@'%' {how}",
                  f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'")
        self.addCleanup(place.sql, f"DROP USER IF EXISTS '{name}'@'%'")
        return name

    def prepared(self, name, role='tls', **how):
        place = self.server(name, role, **{'tls': True, **how})
        self.new_database(place, name=self.db)
        return place

    def wire(self, place, **how):
        listener = wire.Wire(place, **how)
        self.addCleanup(listener.close)
        return listener

    def run_through(self, listener, user, mode, socket_path=None, **query):
        if mode in VERIFIED:
            query.setdefault('ssl_ca', listener.place.ca)
        if socket_path:
            query['socket'] = socket_path
        url = listener.place.url(self.db, user, PASSWORD, host='localhost' if socket_path else '127.0.0.1',
                                 port=3306 if socket_path else listener.port, ssl_mode=mode, **query)
        answer = self.dbsync('verify', url, self.target.url(self.db), '--retries', 1, '--parallel', 1)
        listener.close()
        self.assertGreater(listener.connections, 0, str(answer))
        return answer

    def assert_secret(self, listener, story):
        self.assertNotIn(PASSWORD.encode(), listener.heard, story)
        self.assertNotIn(PASSWORD.encode(), listener.told, story)
        # as good as in clear: crossed with the nonce, and not encrypted
        for nonce in listener.nonces:
            crossed = bytes(a ^ nonce[i % len(nonce)] for i, a in enumerate(PASSWORD.encode() + b'\0'))
            self.assertNotIn(crossed, listener.heard, story)

    def expect(self, answer, code, words, story):
        self.assertEqual(answer.exit, code, story)
        if words:
            self.assertIn(words, answer.text.lower(), story)


class Listener(Passwords):
    """Every ssl-mode, with every plugin that libmariadb has in common with the server."""

    def check(self, place, plugin, mode, offered):
        user = self.name
        listener = self.wire(place, greeting=None if offered else wire.stripped)
        answer = self.run_through(listener, user, mode)
        story = f'{place} {plugin} ssl-mode={mode} TLS {"offered" if offered else "stripped"}\n{answer}'
        self.assert_secret(listener, story)
        if mode not in ('disabled', 'preferred') and not offered:
            self.expect(answer, 4, NO_TLS, story)
            self.assertEqual(bytes(listener.heard), b'', story)
            return
        if plugin in CLEAR and mode not in VERIFIED:
            self.expect(answer, 4, f'`{plugin}` {GIVEN_AWAY}', story)
        elif plugin in LOGS_IN:
            self.expect(answer, 0, '', story)
        else:
            self.expect(answer, 4, DENIED, story)
        encrypted = offered and mode != 'disabled'
        self.assertEqual(listener.heard[REQUEST:REQUEST + 2] == TLS_RECORD, encrypted, story)

    def listen(self, place, *plugins):
        for plugin in plugins:
            self.name = self.user(place, plugin)
            for mode in MODES:
                for offered in (True, False):
                    if place.family == 'mysql':
                        place.sql('FLUSH PRIVILEGES')   # forgets whom it has seen, and asks for all
                    self.check(place, plugin, mode, offered)

    def mariadb(self, name):
        place = self.prepared(name)
        for plugin in ('auth_ed25519', 'auth_pam_v1'):
            if not place.sql(f"SELECT 1 FROM information_schema.all_plugins WHERE plugin_library='{plugin}.so' "
                             "AND plugin_status='ACTIVE'"):
                place.sql(f"INSTALL SONAME '{plugin}'")
        place.sql('SET GLOBAL secure_auth=0')
        self.listen(place, 'mysql_native_password', 'client_ed25519', 'mysql_old_password', 'dialog')

    def test_mariadb_10_11(self):
        self.mariadb('mariadb-10.11')

    def test_mariadb_11_8(self):
        self.mariadb('mariadb-11.8')

    def test_mysql_9(self):
        self.listen(self.prepared('mysql-9'), 'caching_sha2_password', 'sha256_password')

    def test_mariadb_that_asks_in_clear(self):
        for name in ('mariadb-10.11', 'mariadb-11.8'):
            place = self.prepared(name, 'pam', options=('--plugin-load-add=auth_pam_v1.so', '--pam-use-cleartext-plugin=ON'))
            self.listen(place, 'mysql_clear_password')

    def test_leave_to_show_it_is_explicit(self):
        """And the search finds a password that is there."""
        place = self.prepared('mariadb-10.11', 'pam', options=('--plugin-load-add=auth_pam_v1.so', '--pam-use-cleartext-plugin=ON'))
        self.name = self.user(place, 'mysql_clear_password')
        for leave, code, words, is_heard in (('no', 4, GIVEN_AWAY, False), ('yes', 4, DENIED, True)):
            listener = self.wire(place)
            answer = self.run_through(listener, self.name, 'disabled', enable_cleartext_plugin=leave)
            self.expect(answer, code, words, str(answer))
            self.assertEqual(PASSWORD.encode() in listener.heard, is_heard, str(answer))
        listener = self.wire(place)
        answer = self.run_through(listener, self.name, 'required', enable_cleartext_plugin='yes')
        self.expect(answer, 4, DENIED, str(answer))
        self.assert_secret(listener, str(answer))

    def test_server_without_tls_takes_the_default(self):
        """Was the password in clear, and an error: libmariadb took the TLS that it wanted for one that it had."""
        place = self.prepared('mysql-9', 'plain', tls=False, options=['--tls-version='])
        user = self.user(place, 'caching_sha2_password')
        for mode, code in (('preferred', 0), ('required', 4)):
            place.sql('FLUSH PRIVILEGES')
            listener = self.wire(place)
            answer = self.run_through(listener, user, mode)
            self.expect(answer, code, NO_TLS if code else '', str(answer))
            self.assert_secret(listener, str(answer))

    def test_socket_of_this_machine(self):
        """The one place where it is in clear, as the servers have it: no wire, and no TLS."""
        place = self.prepared('mysql-9')
        user = self.user(place, 'caching_sha2_password')
        for mode, is_heard in (('disabled', True), ('preferred', False), ('required', False)):
            place.sql('FLUSH PRIVILEGES')
            path = f'{tempfile.mkdtemp(dir=self.program.folder)}/s'
            listener = self.wire(place, path=path)
            answer = self.run_through(listener, user, mode, socket_path=path)
            self.expect(answer, 0, '', str(answer))
            self.assertEqual(PASSWORD.encode() in listener.heard, is_heard, f'{mode}\n{answer}')


class Attacker(Passwords):
    """Somebody on the way who does not only listen."""

    def setUp(self):
        super().setUp()
        self.place = self.prepared('mysql-9')
        self.name = self.user(self.place, 'caching_sha2_password')

    def attack(self, mode, code, words, silence=True, **how):
        listener = self.wire(self.place, **how)
        answer = self.run_through(listener, self.name, mode)
        story = f'ssl-mode={mode}\n{answer}'
        self.expect(answer, code, words, story)
        self.assert_secret(listener, story)
        if silence:
            self.assertEqual(bytes(listener.heard), b'', story)
        return listener

    def test_flag_that_is_stripped_byte_by_byte(self):
        self.attack('required', 4, NO_TLS, greeting=wire.stripped, pause=0.002)

    def test_greeting_in_pieces_is_one(self):
        self.attack('verify-identity', 0, '', silence=False, pause=0.002)

    def test_something_in_front_of_the_greeting(self):
        """The library passes over a report of progress, and reads on."""
        report = wire.packet(b'\xff\xff\xff\x01\x01\x01\x00\x00\x00\x00')
        for mode, pause in (('required', 0), ('verify-identity', 0), ('required', 0.002)):
            self.attack(mode, 4, '', pause=pause, greeting=lambda payload: report + wire.stripped(payload))

    def test_something_behind_the_greeting(self):
        """It would be taken for what came through TLS."""
        more = wire.packet(wire.change_plugin('mysql_clear_password'), 2)
        for mode in ('preferred', 'verify-identity'):
            self.attack(mode, 4, 'its greeting is not that of mysql or mariadb; nothing was sent to it',
                        greeting=lambda payload: wire.packet(payload) + more)

    def test_greetings_that_are_none(self):
        for number, change in enumerate((lambda p: wire.packet(b'\x0b' + p[1:]),
                                         lambda p: wire.packet(p[:12].replace(b'\0', b'x')),
                                         lambda p: wire.packet(p[:1] + b'x' * 2000 + p[1:]),
                                         lambda p: wire.packet(p[:p.index(b'\0') + 15]),
                                         lambda p: wire.packet(b'\x0a'),
                                         lambda _: wire.packet(b'') + wire.packet(b'\x0a'),
                                         lambda _: b'HTTP/1.1 400 Bad Request\r\n\r\n')):
            for mode in ('disabled', 'verify-identity'):
                with self.subTest(number=number, mode=mode):
                    self.attack(mode, 4, '', greeting=change)

    def test_plugin_that_a_greeting_asks_for(self):
        for plugin in CLEAR:
            def greeting(payload, plugin=plugin):
                return wire.packet(wire.Greeting(payload).with_tls(False).with_plugin(plugin).payload())
            for mode in ('disabled', 'preferred'):
                self.attack(mode, 4, f'`{plugin}` {GIVEN_AWAY}', greeting=greeting)

    def test_plugin_that_is_asked_for_later(self):
        for plugin in (*CLEAR, 'no_such_plugin'):
            words = f'`{plugin}` {GIVEN_AWAY}' if plugin in CLEAR else 'the server requests the authentication plugin `no_such_plugin`, which is not one of '
            for mode in ('disabled', 'preferred'):
                self.attack(mode, 4, words, silence=False, greeting=wire.stripped,
                            after_login=lambda _, plugin=plugin: wire.change_plugin(plugin))
        self.attack('preferred', 4, '`mysql_old_password`', silence=False, greeting=wire.stripped, after_login=lambda _: b'\xfe')

    def test_certificate_of_somebody_else(self):
        """required encrypts, and proves nothing: there only what is shown in clear is kept back."""
        other = self.prepared('mariadb-10.11')
        pair = (other.directory / 'tls/server-cert.pem', other.directory / 'tls/server-key.pem')
        for mode in VERIFIED:
            listener = self.attack(mode, 4, 'tls/ssl error', silence=False, certificate=pair,
                                   after_login=lambda _: wire.change_plugin('mysql_clear_password'))
            self.assertEqual(bytes(listener.inside), b'', mode)
        for plugin in CLEAR:
            listener = self.attack('required', 4, f'`{plugin}` {GIVEN_AWAY}', silence=False, certificate=pair,
                                   after_login=lambda _, plugin=plugin: wire.change_plugin(plugin))
            self.assertIn(self.name.encode(), listener.inside)
            self.assertNotIn(PASSWORD.encode(), listener.inside)


class FalseServer(Passwords):
    """Somebody who answers in the server's place, which takes no key or certificate of the server."""

    def setUp(self):
        super().setUp()
        self.place = self.prepared('mysql-9')
        self.name = self.user(self.place, 'caching_sha2_password')
        self.private = f'{self.program.folder}/private.pem'
        self.openssl('genrsa', '-out', self.private, '2048')
        self.public = self.openssl('rsa', '-in', self.private, '-pubout')

    @staticmethod
    def openssl(*words, data=None):
        return subprocess.run(['openssl', *words], input=data, check=True, capture_output=True).stdout

    def ask(self, mode, plugin, first, **query):
        """A server without TLS that has never seen the user, and hands out a key of its own."""
        listener = self.wire(self.place, greeting=lambda payload: wire.packet(wire.Greeting(payload).with_tls(False).with_plugin(plugin).payload()),
                             after_login=lambda turn: [*first, b'\x01' + self.public, None][turn])
        return listener, self.run_through(listener, self.name, mode, **query)

    def got(self, listener):
        crossed = self.openssl('pkeyutl', '-decrypt', '-inkey', self.private, '-pkeyopt', 'rsa_padding_mode:oaep', data=bytes(listener.heard[-256:]))
        nonce = listener.nonces[-1]
        return bytes(a ^ nonce[i % len(nonce)] for i, a in enumerate(crossed))

    def test_key_of_its_own(self):
        """The documents say that it gets the password; enable-cleartext-plugin=no keeps it back."""
        for mode in ('disabled', 'preferred'):
            for plugin, first in (('caching_sha2_password', (b'\x01\x04',)), ('sha256_password', ())):
                listener, answer = self.ask(mode, plugin, first)
                self.assertEqual(self.got(listener), PASSWORD.encode() + b'\0', f'{plugin}\n{answer}')
                listener, answer = self.ask(mode, plugin, first, enable_cleartext_plugin='no')
                self.expect(answer, 4, f'`{plugin}` reveals the password to the other end', str(answer))
                self.assertEqual(bytes(listener.heard), b'', plugin)

    def test_certificate_of_its_own(self):
        other = self.prepared('mariadb-10.11')
        pair = (other.directory / 'tls/server-cert.pem', other.directory / 'tls/server-key.pem')
        for mode, leave, is_shown in (('required', {}, True), ('required', {'enable_cleartext_plugin': 'no'}, False), ('verify-ca', {}, False)):
            listener = self.wire(self.place, certificate=pair, after_login=lambda _: b'\x01\x04')
            answer = self.run_through(listener, self.name, mode, **leave)
            self.assertEqual(PASSWORD.encode() in listener.inside, is_shown, f'{mode} {leave}\n{answer}')

    def test_accounts_of_mariadb_need_none_of_it(self):
        for name in ('mariadb-10.11', 'mariadb-11.8'):
            place = self.prepared(name)
            self.assertEqual(place.sql("SELECT plugin_name FROM information_schema.all_plugins WHERE plugin_name LIKE '%sha%'"), [])
            listener = self.wire(place)
            self.expect(self.run_through(listener, self.user(place, 'mysql_native_password'), 'preferred', enable_cleartext_plugin='no'), 0, '', name)
