"""Forges: GitHub, Gitea, Forgejo and the bot's own webhooks. Pure.

`signature` authenticates a delivery. `github`, `gitea`, `forgejo` and `mosaic` parse its payload into an
`intent`, which the services carry out.
"""
