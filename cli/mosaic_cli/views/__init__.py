"""What people are shown of what the API answers. Pure; a field that is missing shows nothing."""
