"""The child process that computes, and what it needs to be installed."""
