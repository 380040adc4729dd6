"""Measures the speeds the program holds itself to, each beside a peer in the same run where there is one."""
