"""Files in and out, and field work: what the pages of import and export stand on."""
