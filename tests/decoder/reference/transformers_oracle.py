"""A drawn decoder as a model of transformers, and what that answers. Needs torch and transformers.

Which of its classes answers is the ``kind``:

- ``bitnet``: BitNetForCausalLM with packed weights and a scale that multiplies (autobitlinear);
- ``bitnet-online``: the same with float weights, which it makes ternary in every pass;
- ``bitnet-dividing``: packed weights and a scale that divides (bitlinear);
- ``llama-dividing``: LlamaForCausalLM with the latter;
- ``llama``: LlamaForCausalLM in float.
"""

from __future__ import annotations

import numpy as np
import torch
from transformers import BitNetConfig, BitNetForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.integrations.bitnet import (
    ActQuant,
    AutoBitLinear,
    BitLinear,
    pack_weights,
    replace_with_bitnet_linear,
    unpack_weights,
)
from transformers.utils.quantization_config import BitNetQuantConfig

from edgesdk.decoder.weights import DecoderModel, Dense, Linear
from tests.decoder.reference.comparing import Answer
from tests.decoder.reference.drawn import master_weights

LINEARS = {
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "output": "self_attn.o_proj",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}
NORMS = {
    "attention_norm": "input_layernorm",
    "attention_sub_norm": "self_attn.attn_sub_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_sub_norm": "mlp.ffn_sub_norm",
}


def answer(model: DecoderModel, kind: str, tokens: np.ndarray) -> Answer:
    """Logits [n, vocabulary] and the int8 codes that each kind of linear layer was given."""
    with torch.no_grad(), torch.compiler.set_stance("force_eager"):
        theirs = build(model, kind)
        codes: dict[str, np.ndarray] = {}
        for name, path in linear_paths(model):
            module = theirs.get_submodule(path)
            if isinstance(module, AutoBitLinear | BitLinear):
                module.register_forward_pre_hook(_recorder(codes, name))
        logits = theirs(torch.from_numpy(tokens.astype(np.int64))[None]).logits[0]
    return Answer(logits.numpy(), codes)


def build(model: DecoderModel, kind: str) -> torch.nn.Module:
    """The model of transformers, in float32, with the drawn weights."""
    family = (BitNetConfig, BitNetForCausalLM) if kind.startswith("bitnet") else LLAMA
    theirs = family[1](family[0](**_settings(model)))
    if kind != "llama":
        dividing = kind.endswith("dividing")
        quantisation = BitNetQuantConfig(
            linear_class="bitlinear" if dividing else "autobitlinear",
            quantization_mode="online" if kind.endswith("online") else "offline",
        )
        replace_with_bitnet_linear(theirs, ["lm_head"], quantisation)
    theirs.load_state_dict(state(model, kind), assign=True)
    return theirs.eval()


LLAMA = (LlamaConfig, LlamaForCausalLM)


def linear_paths(model: DecoderModel) -> list[tuple[str, str]]:
    """Our name and theirs of every linear layer."""
    return [
        (f"layers.{index}.{ours}", f"model.layers.{index}.{theirs}")
        for index in range(model.config.layers)
        for ours, theirs in LINEARS.items()
    ]


def state(model: DecoderModel, kind: str) -> dict[str, torch.Tensor]:
    """Every tensor under the name that transformers gives it."""
    head = model.weights.head()
    embedding = model.weights.embedding()
    found = {
        "model.embed_tokens.weight": _tensor(embedding),
        "lm_head.weight": _tensor(embedding if head is None else head),
        "model.norm.weight": _tensor(model.weights.final_norm()),
    }
    for index in range(model.config.layers):
        layer = vars(model.weights.layer(index))
        for ours, theirs in NORMS.items():
            if layer[ours] is not None:
                found[f"model.layers.{index}.{theirs}.weight"] = _tensor(layer[ours])
        for ours, theirs in LINEARS.items():
            masters = master_weights(model, index, ours)
            for name, value in _linear(layer[ours], kind, masters).items():
                found[f"model.layers.{index}.{theirs}.{name}"] = value
    return found


def _linear(weights: Linear, kind: str, masters: np.ndarray | None) -> dict[str, torch.Tensor]:
    if isinstance(weights, Dense):
        return {"weight": _tensor(weights.weights)}
    if masters is not None:
        return {"weight": _tensor(masters)}
    packed = pack_weights(_tensor(weights.codes))
    if kind.endswith("dividing"):
        return {"weight": packed, "weight_scale": torch.tensor([1 / weights.scale])}
    unpacked = unpack_weights(packed, torch.float32)
    return {"weight": unpacked, "weight_scale": torch.tensor([weights.scale])}


def _settings(model: DecoderModel) -> dict[str, object]:
    config = model.config
    theta = config.frequencies[1] ** (-config.head_size / 2)
    return {
        "vocab_size": config.vocabulary,
        "hidden_size": config.hidden,
        "intermediate_size": config.intermediate,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "max_position_embeddings": config.context,
        "hidden_act": config.activation,
        "rms_norm_eps": config.norm_epsilon,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "tie_word_embeddings": config.tied,
        "pad_token_id": None,
        "bos_token_id": None,
        "eos_token_id": None,
        "attn_implementation": "eager",
    }


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(values, np.float32))


def _recorder(codes: dict[str, np.ndarray], name: str):
    """A hook that notes the int8 codes of a linear layer's input, by the layer's own arithmetic."""

    def record(module: torch.nn.Module, inputs: tuple[torch.Tensor]) -> None:
        if isinstance(module, BitLinear):
            found = module.activation_quant(inputs[0])[0]
        else:  # gives back codes / scale
            scale = 127 / inputs[0].abs().max(dim=-1, keepdim=True).values.clamp(min=1e-5)
            found = (ActQuant.apply(inputs[0]) * scale).round().to(torch.int8)
        codes[name] = found[0].numpy()

    return record
