"""What the bits of a run depend on besides its experiment: the kernels that linear algebra has for
this processor, its threads, and NumPy's version.
"""

from functools import cache

import numpy as np
from threadpoolctl import threadpool_info


@cache
def describe_machine() -> str:
    """Return them in a few words, as "SkylakeX, 1 thread, NumPy 2.4.6"."""
    parts = []
    for library in threadpool_info():
        if library.get("user_api") == "blas":
            threads = library["num_threads"]
            kernels = library.get("architecture") or library["internal_api"]
            parts.append(f"{kernels}, {threads} thread{'s' if threads != 1 else ''}")
    return ", ".join([*dict.fromkeys(parts), f"NumPy {np.__version__}"])[:200]
