"""Rails: guard rails decide an agent's capabilities, quality rails choose the gates of a job."""
