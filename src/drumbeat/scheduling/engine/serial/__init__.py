"""Plants with any rules: tasks are placed one after the other, each where it ends first and whatever binds it, and the
order in which they come, their modes and their waits are searched."""

from drumbeat.scheduling.engine.serial.solve_serial import (
    fits_serial,
    is_serial_ready,
    solve_serial,
    solve_small,
    warm_up_serial,
)

__all__ = ["fits_serial", "is_serial_ready", "solve_serial", "solve_small", "warm_up_serial"]
