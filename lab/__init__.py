"""The lab is everything around an experiment but its page: data, training, worker processes,
picture files and the command line.
"""

import os

# One thread of linear algebra a process: at the sizes trained here a second one only waits for the
# first (half the steps a second), and results stay the same bit for bit wherever they are computed.
# It must be said before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
