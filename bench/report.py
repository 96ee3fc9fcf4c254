"""report - figures of the bench, and how they look in Markdown."""
import statistics

UNITS = {
    's': '{:.2f} s', 'ratio': '{:.2f}', 'MiB': '{:.1f} MiB', '%': '{:.3f} %',
    'count': '{:,.0f}', 'kB': '{:,.1f} kB', 'rows/s': '{:,.0f} rows/s',
}


class Row:
    """A line of a table: what was measured, once per repetition.

    The target, if any, is a pair like ('<=', 3.5).  It is held against the
    median, or against the worst value where that is what matters.
    """

    def __init__(self, label, values, unit, target=None, worst=False):
        self.label, self.values, self.unit = label, list(values), unit
        self.target, self.worst = target, worst

    def text(self, value):
        return UNITS[self.unit].format(value)

    def verdict(self):
        if self.target is None:
            return '', ''
        sign, limit = self.target
        least = sign == '>='
        value = statistics.median(self.values)
        if self.worst:
            value = min(self.values) if least else max(self.values)
        met = value >= limit if least else value <= limit
        bound = f'{limit:,g}' + {'ratio': '', 'count': ''}.get(self.unit, f' {self.unit}')
        return ('≥ ' if least else '≤ ') + bound, 'met' if met else '**missed**'

    def line(self):
        cells = [self.label, *map(self.text, (
            statistics.median(self.values), min(self.values), max(self.values)))]
        return '| ' + ' | '.join([*cells, *self.verdict()]) + ' |'


class Section:
    """A part of the bench: a table, and remarks in front of it and behind."""

    def __init__(self, title):
        self.title = title
        self.rows, self.remarks, self.wrong = [], [], []

    def add(self, *args, **kwargs):
        self.rows.append(Row(*args, **kwargs))

    def remark(self, text):
        self.remarks.append(text)

    def missed(self):
        return [row.label for row in self.rows if 'missed' in row.verdict()[1]]

    def lines(self):
        yield f'### {self.title}'
        yield ''
        for text in self.wrong:
            yield f'**Wrong:** {text}'
            yield ''
        if self.rows:
            yield '| | median | min | max | target | |'
            yield '| --- | ---: | ---: | ---: | ---: | --- |'
            yield from (row.line() for row in self.rows)
            yield ''
        for text in self.remarks:
            yield text
            yield ''


def facts_lines(facts):
    yield '| | |'
    yield '| --- | --- |'
    yield from (f'| {name} | {value} |' for name, value in facts)
    yield ''


def markdown(facts, sections):
    lines = [*facts_lines(facts)]
    for section in sections:
        lines += section.lines()
    return '\n'.join(lines)
