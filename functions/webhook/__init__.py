"""The function that receives the webhooks of forges and the bot, and the gateway's callbacks."""
