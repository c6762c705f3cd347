"""An installation: opened, connected, examined, set up."""
