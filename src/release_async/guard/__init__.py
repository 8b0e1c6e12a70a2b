"""What no commit and no release may hold, judged on bytes and names alone; nothing here reads or starts."""
