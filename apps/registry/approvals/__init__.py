"""Approvals: what a rule asks for, what is known of the versions concerned, and who waits for whom.

The writes are in apps.registry.services: promotion, approvals, approval_rules.
"""
