"""Two updates with mcumgr-toolkit; a process of its own, because its calls hold the interpreter.

Arguments: port, files of an old and a new image, their hashes, and the slot
of the old one in the end. Prints what the device said: JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mcumgr_toolkit import MCUmgrClient


def main(
    port: str, old_file: str, new_file: str, old_hash: str, new_hash: str, old_slot: str
) -> None:
    old, new = Path(old_file).read_bytes(), Path(new_file).read_bytes()
    client = MCUmgrClient.serial(port, timeout_ms=5000)

    def states() -> list[str]:
        flags = ("active", "confirmed", "pending", "permanent")
        return [
            f"{state.version} {' '.join(flag for flag in flags if getattr(state, flag))}"
            for state in client.image_get_state()
        ]

    client.check_connection()
    client.use_auto_frame_size()
    said: list[object] = [client.os_mcumgr_parameters().buf_size, client.os_application_info()]
    client.image_upload(old)
    client.image_set_state(bytes.fromhex(old_hash), False)
    said.append(states())
    client.os_system_reset()
    client.image_set_state(None, True)
    said.append(states())
    client.firmware_update(new)  # finds out the boot loader, uploads, marks, resets
    said.append(states())
    client.image_set_state(bytes.fromhex(new_hash), True)
    client.image_erase(int(old_slot))
    said.append(states())
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
