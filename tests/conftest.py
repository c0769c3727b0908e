"""Two test processes share few cores: OpenMP's threads must not spin while they wait for each other."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # read when torch is first imported, which is after this
