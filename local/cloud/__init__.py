"""AWS on this machine: moto, and what the template declares."""
