"""An OpenAI-compatible server for a decoder on any device.

One thread runs the network (uvicorn, starlette), another owns the device. Requests are read and
checked by ``requests``, wait in ``queue``, are worked on by ``worker``, and their texts come back
through a ``mailbox`` to ``answering``, which writes them as ``shapes`` says.
"""
