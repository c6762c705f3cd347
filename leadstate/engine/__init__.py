"""Pure decisions: what a signal means for a record, with a receipt for every answer."""
