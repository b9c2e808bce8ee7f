#include "resize_bilinear.h"

#include "sides.h"

enum { BITS = 10, ONE = 1 << BITS, HALF = 1 << (2 * BITS - 1) };

bool edge_resize_bilinear_check(const struct edge_resize_bilinear *r,
                                const struct edge_limits *limits) {
    const uint32_t sides[] = {r->batches,       r->input_height, r->input_width,
                              r->output_height, r->output_width, r->channels};
    if (!edge_sides_fit(sides, sizeof sides / sizeof sides[0])) return false;
    uint64_t line = (uint64_t)r->batches * r->channels;
    uint64_t input = line * r->input_height, output = line * r->output_height;
    if (input > UINT32_MAX || output > UINT32_MAX) return false;
    return r->height_scale <= (uint32_t)EDGE_LARGEST_SIDE * ONE &&
           r->width_scale <= (uint32_t)EDGE_LARGEST_SIDE * ONE &&
           edge_inside(r->input, input * r->input_width, 1, limits->arena) &&
           edge_inside(r->output, output * r->output_width, 1, limits->arena);
}

/* Between which two rows (or columns) a place is, and how much of the second it takes. */
struct between {
    uint32_t lower, upper;
    int32_t share;
};

static uint32_t within(int64_t place, uint32_t size) {
    if (place < 0) return 0;
    return place < size ? (uint32_t)place : size - 1u;
}

static struct between between(uint32_t index, uint32_t scale, uint32_t half, uint32_t size) {
    int64_t place = (int64_t)index * scale;
    if (half != 0) place += (int64_t)(scale / 2) - ONE / 2;
    uint32_t lower = within(place < 0 ? 0 : place >> BITS, size);
    int64_t share = place - (int64_t)lower * ONE;
    if (share > ONE) share = ONE; /* beyond the last row, which no scale of a plan's reaches */
    return (struct between){lower, within((place + ONE - 1) / ONE, size), (int32_t)share};
}

static int32_t mixed(int32_t first, int32_t second, int32_t share) {
    return first * (ONE - share) + second * share;
}

/* Four pixels' channels, each weighted by how near it is; rounded halves away from zero. */
static void mix(const struct edge_resize_bilinear *r, const int8_t *image, struct between row,
                struct between column, int8_t *output) {
    const int8_t *upper = image + row.lower * r->input_width * r->channels;
    const int8_t *lower = image + row.upper * r->input_width * r->channels;
    uint32_t left = column.lower * r->channels, right = column.upper * r->channels;
    for (uint32_t channel = 0; channel < r->channels; channel++) {
        int32_t top = mixed(upper[left + channel], upper[right + channel], column.share);
        int32_t bottom = mixed(lower[left + channel], lower[right + channel], column.share);
        int32_t sum = mixed(top, bottom, row.share);
        output[channel] = (int8_t)((sum + (sum > 0 ? HALF : -HALF)) / (2 * HALF));
    }
}

void edge_resize_bilinear(const struct edge_resize_bilinear *record,
                          const struct edge_memory *memory) {
    const struct edge_resize_bilinear copy = *record, *r = &copy;
    const int8_t *image = (const int8_t *)memory->arena + r->input;
    int8_t *output = (int8_t *)memory->arena + r->output;
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t y = 0; y < r->output_height; y++) {
            struct between row = between(y, r->height_scale, r->half_pixels, r->input_height);
            for (uint32_t x = 0; x < r->output_width; x++, output += r->channels)
                mix(r, image, row,
                    between(x, r->width_scale, r->half_pixels, r->input_width), output);
        }
        image += r->input_height * r->input_width * r->channels;
    }
}
