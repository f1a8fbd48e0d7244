"""Results as text: tables, fields, documents and problems."""
