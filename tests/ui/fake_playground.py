"""A playground server without a model: ``fake_playground.py WAY ...`` speaks the protocol, and says the same each time.

WAY: ``works``; ``waits`` says a few words and goes on when it is cancelled; ``dies`` kills itself after a few words;
``fails`` has no answer for the second model; ``hostile`` answers with what would break a terminal; ``silent`` never
gets ready.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time

from engine.playground import protocol as say
from tests.ui.fake_runs import HOSTILE

WORDS = "#Person1# asks when the next train leaves, and #Person2# suggests the bus.".split()
MIB = 1 << 20


class Fake:
    """Answers one request after another."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.inbox: queue.SimpleQueue[say.Message] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        self.loaded: list[str] = []

    def tell(self, message: say.Message) -> None:
        sys.stdout.write("a library's chatter\n" + say.encode(message))
        sys.stdout.flush()

    def read(self) -> None:
        for line in sys.stdin:
            request = say.decode(line)
            if isinstance(request, say.Cancel):
                self.cancelled.add(request.id)
            elif request is not None:
                self.inbox.put(request)
        os._exit(0)

    def serve(self) -> None:
        threading.Thread(target=self.read, daemon=True).start()
        if self.way == "silent":
            time.sleep(600)
        self.tell(say.Ready("cpu", "float32", "of all this fake knows"))
        self.memory()
        while True:
            request = self.inbox.get()
            if isinstance(request, say.Generate):
                for place, model in enumerate(request.models):
                    if request.id not in self.cancelled:
                        self.answer(request, place, model.key)
                self.tell(say.Finished(request.id))
            elif isinstance(request, say.Unload):
                for name in self.loaded:
                    self.tell(say.Unloaded(name, 29 * MIB, "as asked"))
                self.loaded.clear()
            self.memory()

    def memory(self) -> None:
        self.tell(say.Memory(700 * MIB + 30 * MIB * len(self.loaded), None, tuple(self.loaded)))

    def answer(self, request: say.Generate, place: int, key: str) -> None:
        if self.way == "fails" and place == 1:
            why = "Its weights need 2.9 GiB, and 1.1 GiB are free on this machine"
            self.tell(say.Failed(request.id, key, f"{key} does not fit into memory", why, "Choose a smaller base"))
            return
        if key not in self.loaded:
            self.tell(say.Loading(request.id, key, 29 * MIB, "base"))
            self.loaded.append(key)
            self.tell(say.Loaded(request.id, key, 1.2, 29 * MIB))
        prompt = f"Summarize the following conversation.\n\n{request.dialogue[:5000]}\n\nSummary: "
        shots = tuple(f"train_{n}" for n in range(request.shots.count))
        long = len(request.dialogue) > 5000
        self.tell(say.Prompted(request.id, key, prompt, 512 if long else 87, long, 512, shots[:2], shots[2:]))
        words = [HOSTILE, *WORDS] if self.way == "hostile" else WORDS
        stopped = False
        for count in range(1, len(words) + 1):
            text = " ".join(words[:count]) if request.decoding.streams else ""
            self.tell(say.Tokens(request.id, key, text, count, count / 10))
            if count == 4:
                if self.way == "dies":
                    os.kill(os.getpid(), signal.SIGKILL)
                while self.way == "waits" and request.id not in self.cancelled:
                    time.sleep(0.01)
                if stopped := request.id in self.cancelled:
                    break
        said = " ".join(words[:count])
        self.tell(say.Done(request.id, key, said, count / 10, count, 87, long, stopped))
        if request.references and not stopped:
            scores = {f"{name}{end}": 0.5 - 0.1 * place for name in ("rouge1", "rouge2", "rougeL", "rougeLsum")
                      for end in ("", "_best")}  # fmt: skip
            self.tell(say.Scored(request.id, key, scores, len(request.references)))


if __name__ == "__main__":
    Fake(sys.argv[1]).serve()
