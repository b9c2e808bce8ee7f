"""Lines to devices: serial ports, sockets, pipes; and around any of them a fault injector."""
