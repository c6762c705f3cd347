"""Measure Leadstate, and print ratios against a floor and against peers.

    python -m benchmarks            everything, under four minutes
    python -m benchmarks --quick    a look, under forty seconds
    python -m benchmarks --json     the same figures for programs
    python -m benchmarks --only engine,calls

Figures of one machine mean little on another; ratios of one run mean something.  An aim
that is missed is printed, and never fails the run.
"""
