"""The words of Leadstate as frozen data: lifecycle, record, signal, receipt, decision.

What lives here knows no file, no clock, no database and no CRM.
"""
