"""Leadstate: a configurable lead lifecycle state machine for CRMs."""
