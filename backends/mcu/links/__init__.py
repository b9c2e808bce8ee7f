"""Lines to devices: serial ports and sockets; and around any of them a fault injector."""
