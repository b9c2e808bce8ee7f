"""How fast memory gives what is read from it in long bursts."""

from __future__ import annotations

from .design import Board


def memory_rate(board: Board) -> float:
    """Bytes each second that the memory gives, to all together."""
    return board.peak_gb_s * 1e9 * board.ddr_efficiency


def stream_rate(board: Board, ports: int | None = None) -> tuple[float, str]:
    """Bytes each second through so many ports (all that carry weights), and what limits it."""
    count = board.ports if ports is None else ports
    wires = count * board.port_bytes * board.clock_mhz * 1e6 * board.port_efficiency
    memory = memory_rate(board)
    return (wires, f"{count} port{'s' * (count > 1)}") if wires <= memory else (memory, "DDR")


def stream_seconds(board: Board, size: float, ports: int | None = None) -> float:
    """To read so many bytes."""
    return size / stream_rate(board, ports)[0]


def host_head_seconds(board: Board, size: float) -> float:
    """For the processor to read an int8 head once; it has the same memory."""
    return size / min(board.host_head_gb_s * 1e9, memory_rate(board))
