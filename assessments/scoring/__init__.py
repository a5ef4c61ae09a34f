"""The scoring core: pure, exact arithmetic over an instrument and its answers.

Standard library only: no clock, no I/O, no translation. Fractions inside, Decimals at the border.
"""
