"""The Simple Management Protocol, host side: frames, requests, uploads (docs/smp-extensions.md)."""
