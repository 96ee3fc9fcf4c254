"""Each message of an error in src/ is named by a test, or is in unnamed_errors.txt with the reason why not.

A message is named when a text of a test (of 12 letters and more) is a part of it, or when its
longest literal piece is a part of such a text.  That is no proof that the test is a good one; it is
the proof that nobody added a message and forgot it.
"""
import ast
import re
import unittest
from pathlib import Path

from harness import ROOT

CALLS = re.compile(r'\b(?:dbs_fail|dbs_fail_errno|refuse|fail_at|fail_table|parser_fail|json_refuse)\(')
STRING = r'"((?:[^"\\\n]|\\.)*)"'
QUOTED = re.compile(rf"{STRING}|'(?:[^'\\\n]|\\.)'")
CONVERSION = re.compile(r'%[-+ #0-9.*]*(?:PRI\w+|[hlzjt]*[a-zA-Z%])|\\.|`')
LEAST = 12      # letters of a text that can name a message
EXCEPTIONS = ROOT / 'tests/server/unnamed_errors.txt'


def without_comments(text):
    return re.sub(r'/\*.*?\*/', lambda found: re.sub(r'[^\n]', ' ', found[0]), text, flags=re.DOTALL)


def call_text(text, start):
    """The words between the parentheses of a call."""
    depth, at = 1, start
    while depth and at < len(text):
        string = QUOTED.match(text, at)
        depth += 0 if string else {'(': 1, ')': -1}.get(text[at], 0)
        at = string.end() if string else at + 1
    return text[start:at - 1]


def first_string(call):
    """The first string of a call, all of its parts joined."""
    found = re.search(rf'{STRING}(?:\s*(?:PRI\w+\s*)?{STRING})*', call)
    if not found:
        return None
    parts = re.findall(rf'{STRING}|(PRI\w+)', found[0])
    return ''.join(string or name for string, name in parts)


def messages():
    """(where, format) of all errors."""
    for path in sorted((ROOT / 'src').rglob('*.c')):
        text = without_comments(path.read_text(encoding='utf-8'))
        for call in CALLS.finditer(text):
            found = first_string(call_text(text, call.end()))
            if found:
                yield f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, call.start()) + 1}", found


def pieces(message):
    """What is literal in a format, without the signs at its ends."""
    return [re.sub(r'^\W+|\W+$', '', piece).lower() for piece in CONVERSION.split(message)]


def texts_of_tests():
    for path in sorted(set((ROOT / 'tests').rglob('*.py')) - {Path(__file__).resolve()}):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in sorted((ROOT / 'tests/unit').rglob('*.[ch]')):
        for found in re.finditer(rf'{STRING}(?:\s*{STRING})*', path.read_text(encoding='utf-8')):
            yield ''.join(re.findall(STRING, found[0]))


def exceptions():
    """{the piece of a message: the reason}"""
    lines = EXCEPTIONS.read_text(encoding='utf-8').splitlines()
    reason, found = None, {}
    for line in lines:
        if line.startswith('# '):
            reason = line[2:]
        elif line.strip() and not line.startswith('--'):
            found[line.strip().lower()] = reason
    return found


class Named(unittest.TestCase):
    once = True

    def test_each_message_is_named_by_a_test(self):
        texts = [text.lower() for text in texts_of_tests()]
        names = {re.sub(r'^\W+|\W+$', '', text) for text in texts}
        names = {name for name in names if len(name) >= LEAST}
        excused, unnamed, used = exceptions(), [], set()
        self.assertNotIn(None, excused.values(), 'a line without its reason')
        for where, message in messages():
            parts = pieces(message)
            longest = max(parts, key=len)
            if longest in excused:
                used.add(longest)
            elif longest and not any(longest in text for text in texts) and not any(name in part for part in parts for name in names):
                unnamed.append(f'{where}: {longest}')
        self.assertEqual(unnamed, [], f'no test names these messages: give each a row in test_errors*.py, or a line in {EXCEPTIONS.name}\n'
                         + '\n'.join(unnamed))
        self.assertEqual(set(excused) - used, set(), f'lines of {EXCEPTIONS.name} that are in no message any more')

    def test_messages_are_found(self):
        found = [message for _, message in messages()]
        self.assertGreater(len(found), 250)
        for message in ('there is no command `%s`%s%s%s', '%PRIu64 rows were changed by somebody else since the run; --force restores them as well',
                        'it has a period', 'the target does not allow LOAD DATA LOCAL (local_infile is off); --load auto does without'):
            self.assertIn(message, found)


if __name__ == '__main__':
    unittest.main()
