"""The coach's dashboard: models without a browser, views, a player, and the server that shows them."""
