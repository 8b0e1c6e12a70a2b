"""What no commit and no release may contain, decided on bytes and names alone; reads no file."""
