"""AWS on this machine: moto, and the resources that the template declares."""
