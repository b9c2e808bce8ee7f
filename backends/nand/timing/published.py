"""What Cambricon-LLM (arXiv 2409.15654) publishes of its devices.

No continuous constant of the schedule was fitted on these numbers; docs/nand-timing.md lists what
was chosen between a few with an eye on them. Those of Figure 9 with one decimal were read from the
labels of its bars.
"""

from __future__ import annotations

SOURCE = "Cambricon-LLM (arXiv 2409.15654), Figure 9"
CONTEXT = 1000  # not published; about as much fits, and others infer 975 to 1038
MODELS = (
    "opt-6.7b",
    "opt-13b",
    "opt-30b",
    "opt-66b",
    "llama-2-7b",
    "llama-2-13b",
    "llama-2-70b",
)
# Tokens a second, 8-bit weights and activations, in the order of MODELS.
RATES = {
    "cambricon-s": (3.56, 1.9, 0.8, 0.4, 3.55, 1.9, 0.3),
    "cambricon-m": (10.96, 4.68, 2.50, 1.15, 10.4, 4.7, 1.0),
    "cambricon-l": (36.34, 14.2, 7.6, 2.59, 34.0, 14.0, 3.44),
}
# On S, from the labels of bars: without slices, without the NPU's help; GB and J for each token.
UNSLICED = (2.2, 1.0, 0.4, 0.2, 2.2, 1.0, 0.2)
UNHELPED = (2.7, 1.4, 0.6, 0.3, 2.6, 1.4, 0.2)
CHANNEL_USE = (0.79, 0.91, 0.89, 0.90, 0.81, 0.91, 0.89)
TRAFFIC_GB = (1.9, 4.1, 9.3, 20.5, 2.0, 4.1, 24.2)
JOULES = (1.0, 2.0, 5.0, 11.0, 1.0, 2.0, 11.0)
