"""How near is near: distances (m) that say what on the map belongs together."""

JOINED = 0.01  # between a pipe's end and the facility it ends at
ON_PIPE = 0.05  # between a facility and the pipe it stands on: survey accuracy of a plan position (CJJ 61)
NAMED_WITHIN = 1.0  # within which a facility that a file names as a pipe's end is believed
DRAWN = 0.1  # between a place that was drawn and what it means
