"""What is inside a stranger's file. Nothing here needs Django: it runs in a process of its own (killable.py)."""
