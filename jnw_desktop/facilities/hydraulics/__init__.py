"""Pressure and flow: the network as EPANET understands it, run in a process of its own."""
