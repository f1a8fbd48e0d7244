"""Workloads: the actions of users, agents, forges, attackers, and operators."""
