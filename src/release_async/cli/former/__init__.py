"""Names under which scripts of others import two of our modules; the modules themselves have moved.

`release_async` searches this folder last, so that ``release_async.changelog`` is found here. Nothing of ours
imports from it, and nothing is added to it.
"""
