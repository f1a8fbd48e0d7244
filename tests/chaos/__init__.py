"""`make chaos`: thousands of jobs through the local stack while its processes are killed."""
