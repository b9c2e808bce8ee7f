/* Made from backends/fpga/regs.toml by tools/make_registers.py: change that. */
#ifndef EDGE_FPGA_REGISTERS_H
#define EDGE_FPGA_REGISTERS_H

#define EDGE_MAP_VERSION 1u
#define EDGE_NUMERIC_VERSION 1u
#define EDGE_WEIGHT_VERSION 1u

#define EDGE_STATUS_DONE 0u
#define EDGE_STATUS_BAD_OPERATION 1u
#define EDGE_STATUS_TOO_LARGE 2u
#define EDGE_STATUS_BAD_SHAPE 3u
#define EDGE_STATUS_CONTEXT_FULL 4u
#define EDGE_STATUS_BUS_ERROR 5u
#define EDGE_STATUS_OUT_OF_RANGE 6u

#define EDGE_OPERATION_IDENTIFY 1u
#define EDGE_OPERATION_FORWARD 2u

#define EDGE_FLAG_RELU_SQUARED 1u
#define EDGE_FLAG_SUB_NORMS 2u
#define EDGE_FLAG_HEAD 4u

/* A whole forward pass of a ternary decoder. Offsets are in bytes. */
#define EDGE_DECODER_IDENTITY_VALUE 0x45444B31u
#define EDGE_DECODER_RANGE 0x1000u
#define EDGE_DECODER_OPERATION 0x010u /* 1: write the outputs below. 2: a forward pass. */
#define EDGE_DECODER_LAYERS 0x018u
#define EDGE_DECODER_HIDDEN 0x020u /* a multiple of 16 */
#define EDGE_DECODER_INTERMEDIATE 0x028u /* a multiple of 16 */
#define EDGE_DECODER_HEADS 0x030u /* query heads */
#define EDGE_DECODER_KV_HEADS 0x038u /* divides heads */
#define EDGE_DECODER_HEAD_SIZE 0x040u /* a multiple of 16 */
#define EDGE_DECODER_VOCABULARY 0x048u /* rows of the head in the fabric */
#define EDGE_DECODER_CONTEXT 0x050u /* positions of the cache */
#define EDGE_DECODER_FLAGS 0x058u /* bit 0: ReLU squared instead of SiLU; bit 1: sub-norms; bit 2: head in the fabric */
#define EDGE_DECODER_EPSILON 0x060u /* float: of every norm */
#define EDGE_DECODER_INVERSE_HIDDEN 0x068u /* float: 1 / hidden */
#define EDGE_DECODER_INVERSE_WIDTH 0x070u /* float: 1 / (heads * head_size) */
#define EDGE_DECODER_INVERSE_INTERMEDIATE 0x078u /* float: 1 / intermediate */
#define EDGE_DECODER_ATTENTION_SCALE 0x080u /* float: 1 / sqrt(head_size) */
#define EDGE_DECODER_START 0x088u /* position of the first token */
#define EDGE_DECODER_TOKENS 0x090u /* how many */
#define EDGE_DECODER_LOGITS_FROM 0x098u /* first token whose logits are wanted; tokens: none */
#define EDGE_DECODER_WEIGHTS_0 0x0A0u /* address, low word first: of port 0; 4096-aligned like all addresses */
#define EDGE_DECODER_WEIGHTS_1 0x0ACu /* address, low word first */
#define EDGE_DECODER_WEIGHTS_2 0x0B8u /* address, low word first */
#define EDGE_DECODER_WEIGHTS_3 0x0C4u /* address, low word first */
#define EDGE_DECODER_PARAMETERS 0x0D0u /* address, low word first: norms and scales */
#define EDGE_DECODER_ROTATIONS 0x0DCu /* address, low word first: cosines and sines */
#define EDGE_DECODER_KEYS_0 0x0E8u /* address, low word first */
#define EDGE_DECODER_KEYS_1 0x0F4u /* address, low word first */
#define EDGE_DECODER_VALUES_0 0x100u /* address, low word first */
#define EDGE_DECODER_VALUES_1 0x10Cu /* address, low word first */
#define EDGE_DECODER_HEAD_0 0x118u /* address, low word first */
#define EDGE_DECODER_HEAD_1 0x124u /* address, low word first */
#define EDGE_DECODER_HEAD_2 0x130u /* address, low word first */
#define EDGE_DECODER_HEAD_3 0x13Cu /* address, low word first */
#define EDGE_DECODER_HEAD_SCALES 0x148u /* address, low word first */
#define EDGE_DECODER_STATES 0x154u /* address, low word first: embeddings in, final states out */
#define EDGE_DECODER_LOGITS 0x160u /* address, low word first */
#define EDGE_DECODER_IDENTITY 0x16Cu /* output: see above */
#define EDGE_DECODER_MAP_VERSION 0x17Cu /* output: of this map */
#define EDGE_DECODER_NUMERIC_VERSION 0x18Cu /* output: of docs/fpga-numerics.md */
#define EDGE_DECODER_WEIGHT_VERSION 0x19Cu /* output: of docs/fpga-weight-format.md */
#define EDGE_DECODER_TABLES 0x1ACu /* output: groups of three inputs in a tile: 32 */
#define EDGE_DECODER_LANES 0x1BCu /* output: rows in a step, one at each port: 4 */
#define EDGE_DECODER_CHUNK 0x1CCu /* output: tokens that share a pass over the weights */
#define EDGE_DECODER_MAX_HIDDEN 0x1DCu /* output */
#define EDGE_DECODER_MAX_WIDTH 0x1ECu /* output: of heads * head_size */
#define EDGE_DECODER_MAX_INTERMEDIATE 0x1FCu /* output */
#define EDGE_DECODER_MAX_HEAD_SIZE 0x20Cu /* output */
#define EDGE_DECODER_STATUS 0x21Cu /* output: 0: done; else why not, see [status] */

/* One ternary matmul, in SystemVerilog. Offsets are in bytes. */
#define EDGE_MATMUL_IDENTITY_VALUE 0x45444D31u
#define EDGE_MATMUL_RANGE 0x1000u
#define EDGE_MATMUL_ROWS 0x010u /* a multiple of 16 */
#define EDGE_MATMUL_TILES 0x018u /* of 96 inputs */
#define EDGE_MATMUL_TOKENS 0x020u /* 1 to chunk */
#define EDGE_MATMUL_WEIGHTS_0 0x028u /* address, low word first */
#define EDGE_MATMUL_WEIGHTS_1 0x034u /* address, low word first */
#define EDGE_MATMUL_WEIGHTS_2 0x040u /* address, low word first */
#define EDGE_MATMUL_WEIGHTS_3 0x04Cu /* address, low word first */
#define EDGE_MATMUL_CODES 0x058u /* address, low word first: int8 [tokens][96 * tiles] */
#define EDGE_MATMUL_SUMS 0x064u /* address, low word first: int32 [tokens][rows] */
#define EDGE_MATMUL_IDENTITY 0x070u /* output */
#define EDGE_MATMUL_MAP_VERSION 0x080u /* output */
#define EDGE_MATMUL_WEIGHT_VERSION 0x090u /* output */
#define EDGE_MATMUL_TABLES 0x0A0u /* output */
#define EDGE_MATMUL_LANES 0x0B0u /* output */
#define EDGE_MATMUL_CHUNK 0x0C0u /* output */
#define EDGE_MATMUL_MAX_ROWS 0x0D0u /* output */
#define EDGE_MATMUL_MAX_TILES 0x0E0u /* output */
#define EDGE_MATMUL_STATUS 0x0F0u /* output */
#define EDGE_MATMUL_CYCLES_LOW 0x100u /* output: clock cycles of the last run */
#define EDGE_MATMUL_CYCLES_HIGH 0x110u /* output */
#define EDGE_MATMUL_STALLS_LOW 0x120u /* output: of these, cycles that waited for weights */
#define EDGE_MATMUL_STALLS_HIGH 0x130u /* output */

#endif
