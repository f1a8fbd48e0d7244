"""The first day and the last: a guided deployment, a workspace with its first token, and taking it all away again."""
