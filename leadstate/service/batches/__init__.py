"""Changes of many records, made in parts: each part once, whoever is killed between.

`running` has the lease and the journal; `going_live` and `observing` say what is done.
"""
