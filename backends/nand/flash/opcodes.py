"""The command cycles of a die, its status bits and features. ``docs/nand-commands.md`` tells all.

The first of two cycles names what is asked, the second starts it.
"""

from __future__ import annotations

READ, READ_START, READ_QUEUE = 0x00, 0x30, 0x32
COLUMN, COLUMN_OF, COLUMN_START = 0x05, 0x06, 0xE0
PROGRAM, PROGRAM_START, PROGRAM_QUEUE = 0x80, 0x10, 0x11
WRITE_COLUMN = 0x85
ERASE, ERASE_START, ERASE_QUEUE = 0x60, 0xD0, 0xD1
STATUS, STATUS_OF = 0x70, 0x78
READ_ID, PARAMETERS = 0x90, 0xEC
SET_FEATURES, GET_FEATURES = 0xEF, 0xEE
RESET = 0xFF
LOAD_INPUT, LOAD_END = 0x40, 0x41  # ours, as the next two: ONFI leaves 40h to 5Fh to vendors
COMPUTE, COMPUTE_START = 0x44, 0x45

FAIL, FAIL_BEFORE, ARRAY_READY, READY, NOT_PROTECTED = 0x01, 0x02, 0x20, 0x40, 0x80

CORRECTION_UNIT, RESULT_BYTES, LAST_REFUSAL = 0x80, 0x81, 0xF0  # vendor features

# The first cycle that each second cycle belongs to.
SECOND_OF = {
    READ_START: (READ,),
    READ_QUEUE: (READ,),
    COLUMN_START: (COLUMN, COLUMN_OF),
    PROGRAM_START: (PROGRAM,),
    PROGRAM_QUEUE: (PROGRAM,),
    ERASE_START: (ERASE,),
    ERASE_QUEUE: (ERASE,),
    LOAD_END: (LOAD_INPUT,),
    COMPUTE_START: (COMPUTE,),
}
COLUMN_ONLY = (COLUMN, WRITE_COLUMN)
ROW_ONLY = (ERASE, STATUS_OF)
ONE_BYTE = (READ_ID, PARAMETERS, SET_FEATURES, GET_FEATURES)  # of the whole die
WITH_ROW = (READ, COLUMN_OF, PROGRAM, COMPUTE)
WITH_ADDRESS = (*WITH_ROW, *ROW_ONLY, *COLUMN_ONLY, *ONE_BYTE, LOAD_INPUT)
WITH_DATA = (SET_FEATURES, LOAD_INPUT)  # besides a program
