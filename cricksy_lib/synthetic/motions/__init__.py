"""The movements: each module plans one discipline for a right-handed athlete."""
