"""Runner jobs: what one is, how it changes, where it is kept, how work on it is asked for."""
