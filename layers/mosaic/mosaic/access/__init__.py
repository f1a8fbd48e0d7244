"""Who may do what: workspaces, their people's and programs' tokens, and the secrets they name."""
