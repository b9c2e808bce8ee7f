"""Take a trained model to an edge device, and prove that it works there.

The public names, and nothing else::

    import edgesdk

    with edgesdk.compile("sound.onnx", "cpu") as bundle, edgesdk.connect("cpu:") as device:
        edgesdk.deploy(bundle, device)
    with edgesdk.load("sound") as session:
        scores = session.run({"audio": samples})["scores"]
"""

from __future__ import annotations

from .address import Address
from .backend import Backend, Device, DeviceInfo, FitReport, InstalledModel, Session
from .bundle import Bundle, Manifest, Tolerance, read_bundle
from .compiler import compile
from .deploy import DeployEvent, DeployReport, deploy
from .errors import (
    AmbiguousDevice,
    BundleRefused,
    DeviceReverted,
    DeviceUnavailable,
    DoesNotFit,
    DowngradeRefused,
    EdgeError,
    FormatRefused,
    InputMismatch,
    InternalFault,
    Interrupted,
    LinkFailed,
    MissingExtra,
    ModelNotFound,
    ModelRefused,
    NoDevice,
    SignatureRefused,
    UsageError,
    VerificationMismatch,
)
from .runtime import connect, devices, load
from .tensors import Quantisation, TensorSpec
from .version import __version__

__all__ = [
    "Address",
    "AmbiguousDevice",
    "Backend",
    "Bundle",
    "BundleRefused",
    "DeployEvent",
    "DeployReport",
    "Device",
    "DeviceInfo",
    "DeviceReverted",
    "DeviceUnavailable",
    "DoesNotFit",
    "DowngradeRefused",
    "EdgeError",
    "FitReport",
    "FormatRefused",
    "InputMismatch",
    "InstalledModel",
    "InternalFault",
    "Interrupted",
    "LinkFailed",
    "Manifest",
    "MissingExtra",
    "ModelNotFound",
    "ModelRefused",
    "NoDevice",
    "Quantisation",
    "Session",
    "SignatureRefused",
    "TensorSpec",
    "Tolerance",
    "UsageError",
    "VerificationMismatch",
    "__version__",
    "compile",
    "connect",
    "deploy",
    "devices",
    "load",
    "read_bundle",
]
