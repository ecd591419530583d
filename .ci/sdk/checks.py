"""Counts what holds and tells what does not."""

import traceback
from contextlib import contextmanager


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, holds, what, *seen):
        """Counts one check; `seen` is printed where it does not hold."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED:", what, *[repr(value)[:500] for value in seen])

    def equal(self, seen, expected, what):
        self.that(seen == expected, what, seen, expected)

    @contextmanager
    def part(self, name):
        """One part of the drive; what it throws is one failed check, and the drive goes on."""
        try:
            yield
        except Exception:
            self.failed += 1
            print(f"FAILED: {name}")
            traceback.print_exc()

    def typed(self, reply, kind, status, what):
        """The reply is an object of the SDK's class, with its status. Answers the object."""
        body, seen = reply
        self.that(type(body) is kind and seen == status, f"{what}: a {kind.__name__} and {status}", body, seen)
        self.equal(wrong_numbers(body), [], f"{what}: floats are float, whole numbers int")
        return body

    def typed_list(self, reply, kind, length, what):
        """The reply is a list of so many objects of the SDK's class. Answers the list."""
        body, seen = reply
        right = type(body) is list and all(type(item) is kind for item in body)
        self.that(right and seen == 200, f"{what}: a list of {kind.__name__} and 200", body, seen)
        self.equal(len(body), length, f"{what}: its length")
        self.equal(wrong_numbers(body), [], f"{what}: floats are float, whole numbers int")
        return body


FLOATS = {"state", "valence", "avg_ess_valence", "aggregate_valence", "state_float"}


def wrong_numbers(value, name=None):
    """The names of numbers that have another type than their field: a float that is an int cannot be divided in place."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [] if (type(value) is float) == (name in FLOATS) else [f"{name}: {value!r}"]
    if isinstance(value, list):
        return [wrong for item in value for wrong in wrong_numbers(item, name)]
    if not hasattr(value, "__dict__"):
        return []
    # The score of a state counts; that of a search result, which has the state beside it, measures.
    names = {"score": "valence"} if hasattr(value, "ess") else {}
    return [wrong for key, item in vars(value).items() for wrong in wrong_numbers(item, names.get(key, key))]
