#include "extract.h"
#include "multiply.h"

/* One sine of the table stands for four places of the window: it is (1 -+ cos) / 2, Q31. */
void edge_window_hann(const struct edge_fft *fft, int32_t *data) {
    const uint32_t quarter = fft->length / 4, half = fft->length / 2;
    data[0] = 0;
    for (uint32_t i = 1; i < quarter; i++) {
        const int32_t cosine = fft->quarter_sine[quarter - i];
        const int32_t outer = (INT32_MAX - cosine) >> 1;
        const int32_t inner = (int32_t)(((uint32_t)INT32_MAX + (uint32_t)cosine) >> 1);
        data[i] = edge_high_product(data[i], outer);
        data[half - i] = edge_high_product(data[half - i], inner);
        data[half + i] = edge_high_product(data[half + i], inner);
        data[fft->length - i] = edge_high_product(data[fft->length - i], outer);
    }
    data[quarter] = edge_high_product(data[quarter], INT32_MAX >> 1);
    data[half] = edge_high_product(data[half], INT32_MAX);
    data[half + quarter] = edge_high_product(data[half + quarter], INT32_MAX >> 1);
}
