"""JNW Desktop: one map and one asset register for a city water company."""

__version__ = "0.1.0"
