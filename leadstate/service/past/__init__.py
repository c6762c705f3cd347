"""The past, told late: a CRM's own history, and files of stage moves.

What is told waits in the store until all of a record's past is there; then it is laid
between what Leadstate saw itself, and the visits are counted anew.  Where a record
stands now is never changed by its past.
"""
