"""What is simulated: the deployment, what invokes it, gateway and forge around it, time, and what goes wrong."""
