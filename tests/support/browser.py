"""A browser without a window, asked through its pipe: Debian's chromium, no package of Python.

    browser = Browser(environment, '--proxy-server=...')
    browser.show(path, width=360, is_dark=True)
    browser.value('document.title')
    browser.close()

It speaks the protocol of its developer tools: objects of JSON, each ended by a
NUL byte, on the descriptors 3 (to it) and 4 (from it).  One browser shows many
pages, in all widths and schemes, and on paper; a window of its own could be no
narrower than 500 points.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = shutil.which('chromium')
MISSING = "there is no chromium (Debian's package of that name)"
PATIENCE = 60           # seconds for one answer


def pipe():
    """Its ends are none of 3 and 4."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Browser:
    def __init__(self, environment, *options):
        self.folder = tempfile.mkdtemp(prefix='browser-')
        self.number, self.rest, self.session, self.seen = 0, b'', None, []
        to_it, self.out = pipe()
        self.into, from_it = pipe()
        words = [PROGRAM, '--headless', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run',
                 '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-breakpad',
                 *(('--no-sandbox',) if os.getuid() == 0 else ()), f'--user-data-dir={self.folder}', '--remote-debugging-pipe',
                 *options, 'about:blank']
        # the shell puts the pipes where they are expected
        line = f'exec 3<&{to_it} 4>&{from_it} {to_it}<&- {from_it}>&-; exec "$@"'
        self.process = subprocess.Popen(['bash', '-c', line, 'bash', *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=environment, pass_fds=(to_it, from_it), start_new_session=True)
        os.close(to_it)
        os.close(from_it)
        try:
            target = self.call('Target.createTarget', url='about:blank')['targetId']
            self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
            self.call('Page.enable')
        except BaseException:
            self.close()
            raise

    def receive(self):
        end = time.monotonic() + PATIENCE
        while b'\0' not in self.rest:
            assert select.select([self.into], [], [], max(0, end - time.monotonic()))[0], 'the browser does not answer'
            piece = os.read(self.into, 1 << 20)
            assert piece, 'the browser has ended'
            self.rest += piece
        message, self.rest = self.rest.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.out, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.receive()
            if answer.get('id') == self.number:
                assert 'error' not in answer, (method, answer)
                return answer['result']
            self.seen.append(answer.get('method'))

    def wait_for(self, event):
        while event not in self.seen:
            self.seen.append(self.receive().get('method'))

    def show(self, path, width=1280, height=900, is_dark=False, media='screen'):
        """Opens a page anew, as wide as that."""
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call('Emulation.setEmulatedMedia', media=media,
                  features=[{'name': 'prefers-color-scheme', 'value': 'dark' if is_dark else 'light'}])
        self.seen.clear()
        self.call('Page.navigate', url=f'file://{path}')
        self.wait_for('Page.loadEventFired')

    def value(self, expression):
        """What an expression of JavaScript is, whatever the page's own policy says of scripts."""
        answer = self.call('Runtime.evaluate', expression=expression, returnByValue=True)
        assert 'exceptionDetails' not in answer, answer
        return answer['result'].get('value')

    def picture(self):
        """What is in the window, as PNG."""
        return base64.b64decode(self.call('Page.captureScreenshot')['data'])

    def paper(self):
        """The page printed, as PDF."""
        self.call('Emulation.setEmulatedMedia', media='')
        return base64.b64decode(self.call('Page.printToPDF', preferCSSPageSize=True)['data'])

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.out)
        os.close(self.into)
        shutil.rmtree(self.folder, ignore_errors=True)
