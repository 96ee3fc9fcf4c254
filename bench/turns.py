"""turns - measures in turn, and what each of them has cost.

The commands of a part run in turn, A B C A B C …, so that a change of the
machine's mood meets all of them.
"""
import resource
import statistics
import sys


def say(text):
    print(f'bench: {text}', file=sys.stderr, flush=True)


def interleaved(runs, measures):
    """Calls each measure once in each repetition.  The first repetition, in which
    caches fill, is thrown away.  Returns lists of what they returned, by name."""
    values = {name: [] for name in measures}
    for number in range(runs + 1):
        told = []
        for name, measure in measures.items():
            value = measure()
            told.append(f'{name} {value:.2f}')
            if number:
                values[name].append(value)
        say(f'  {number or "warm-up"}: ' + ', '.join(told))
    return values


def ratio(above, below):
    """Of what was measured in the same repetition."""
    return [a / b for a, b in zip(above, below)]


class Meter:
    """Runs commands, and keeps the seconds of CPU of the client (and of what it is
    piped into) and of both servers, by the name of the measure."""

    def __init__(self, rig):
        self.rig, self.seen = rig, {}

    def used(self):
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (usage.ru_utime + usage.ru_stime,
                sum(server.cpu() for server in self.rig.pair))

    def run(self, name, command, statuses=(0,)):
        """Seconds, and what it has printed."""
        before = self.used()
        seconds, (text,) = self.rig.together([command], statuses)
        self.seen.setdefault(name, []).append([b - a for a, b in zip(before, self.used())])
        return seconds, text

    def told(self):
        """Without the repetition that does not count."""
        def both(costs):
            return ' / '.join(f'{statistics.median(column):.2f}'
                              for column in zip(*(costs[1:] or costs)))
        return ('Seconds of CPU of the client / of both servers, medians: ' + '; '.join(
            f'{name} {both(costs)}' for name, costs in self.seen.items()) + '.')
