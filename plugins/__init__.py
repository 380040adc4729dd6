"""The businesses of the company, one plugin each."""
