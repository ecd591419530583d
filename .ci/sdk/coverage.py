"""Notes which of the SDK's methods were called, so that none is forgotten."""

import functools
import inspect

from avenieca.api import auth, client, cortex, document, ecaresponse, embedding, ess, retrieval, sequence
from avenieca.api.eca import ECA

CLASSES = [
    auth.Auth,
    client.Client,
    cortex.Cortex,
    document.Document,
    ecaresponse.ECAResponse,
    embedding.Embedding,
    ess.ESS,
    retrieval.Retrieval,
    sequence.Sequence,
    ECA,
]


class Coverage:
    """Wraps every method of every class that speaks to the REST API."""

    def __init__(self):
        self.methods = set()
        self.called = set()
        for owner in CLASSES:
            for name, method in inspect.getmembers(owner, inspect.isfunction):
                if name == "__init__" or not name.startswith("_"):
                    self._watch(owner, name, method)

    def _watch(self, owner, name, method):
        label = f"{owner.__module__}.{owner.__name__}.{name}"
        self.methods.add(label)

        @functools.wraps(method)
        def watched(*args, **kwargs):
            self.called.add(label)
            return method(*args, **kwargs)

        setattr(owner, name, watched)
