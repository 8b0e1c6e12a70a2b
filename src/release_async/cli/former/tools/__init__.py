"""``release_async.tools``: its modules are in `release_async.external` now. It owns nothing of its own."""
