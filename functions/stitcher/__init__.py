"""The dispatch queue's consumer."""
