"""What the analyst's first notebook shows; `session.open_session` is where it starts."""
