"""Access: workspaces, tokens, roles and permissions."""
