"""One thread for linear algebra, set before numpy or torch load: two on a busy machine take many times as long."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
