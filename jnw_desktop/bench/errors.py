"""What can go wrong with a measurement."""

from jnw_desktop.errors import RefusedError


class BenchFailed(RefusedError):
    """What is measured, or its peer, ended without an answer."""

    kind = "bench_failed"
