"""The record of truth: checkpoints, proofs, exports for auditors, installation rows."""
