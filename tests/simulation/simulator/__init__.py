"""The simulated environment: the deployment, event sources, gateway, forge, virtual time, and faults."""
