"""The package index: what it holds, uploads, downloads, tokens, and one of our own. It decides nothing."""
