"""Workloads: the actions of users, agents, forges, thieves of tokens, and operators."""
