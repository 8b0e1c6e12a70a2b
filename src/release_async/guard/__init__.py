"""What a commit and a release must not hold, judged on bytes and path names alone; nothing here reads, prints or starts."""
