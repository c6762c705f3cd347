"""What the account tells the outside: webhooks and their deliveries."""
