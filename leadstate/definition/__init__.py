"""Workflow files and their kin: read, checked, drawn; never run.

A file becomes frozen data of `leadstate.domain`, or a list of every mistake in it.
"""
