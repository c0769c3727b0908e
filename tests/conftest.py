"""Two test processes share few cores: OpenMP's threads must not spin while they wait for each other."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is first imported, which is after this
