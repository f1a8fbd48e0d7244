"""What forges, the bot and the gateway send."""
