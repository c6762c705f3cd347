"""One record judged: its decision, what follows from it, and which CRM is told."""
