"""The local demo stack and its simulated GitHub webhook."""
