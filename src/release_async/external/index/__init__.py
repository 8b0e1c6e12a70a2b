"""The package index: queries, uploads, downloads, tokens, a local one for rehearsals. It decides nothing."""
