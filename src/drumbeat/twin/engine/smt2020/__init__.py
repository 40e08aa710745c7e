"""The SMT2020 wafer fab as a floor problem."""

from drumbeat.twin.engine.smt2020.read_smt2020 import ASSUMPTIONS, read_smt2020

__all__ = ["ASSUMPTIONS", "read_smt2020"]
