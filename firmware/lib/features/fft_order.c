#include "fft_order.h"

/* Takes a factor out of *points as often as it is there. */
static uint32_t power_of(uint32_t *points, uint32_t factor) {
    uint32_t count = 0;
    for (; *points % factor == 0; count++) *points /= factor;
    return count;
}

static void add(struct edge_fft_order *order, uint32_t radix, uint32_t times) {
    for (; times != 0; times--) order->radices[order->count++] = (uint8_t)radix;
}

/* 4s where they come in pairs, and at most one 2 or 4 in the middle. */
bool edge_fft_order(uint32_t points, struct edge_fft_order *order) {
    *order = (struct edge_fft_order){.side = 1, .middle = 1};
    if (points == 0 || points > (UINT32_C(1) << 16)) return false;
    const uint32_t twos = power_of(&points, 2), threes = power_of(&points, 3),
                   fives = power_of(&points, 5);
    if (points != 1) return false;
    add(order, 5, fives / 2);
    add(order, 4, twos / 4);
    add(order, 3, threes / 2);
    add(order, 2, twos % 4 == 3);
    order->sides = order->count;
    for (uint32_t i = 0; i < order->sides; i++) order->side *= order->radices[i];
    add(order, 4, twos % 4 == 2);
    add(order, 2, twos % 2);
    add(order, 3, threes % 2);
    add(order, 5, fives % 2);
    for (uint32_t i = order->sides; i < order->count; i++) order->middle *= order->radices[i];
    for (uint32_t i = order->sides; i != 0; i--) add(order, order->radices[i - 1], 1);
    return true;
}

/* The inner digits of a position, without the first and the last; the middle is one of them. Of
 * each how many values it has, and what one step of it adds to the number of reversed digits. */
struct digits {
    uint32_t size[EDGE_FFT_RADICES], weight[EDGE_FFT_RADICES], value[EDGE_FFT_RADICES];
    uint32_t count;
};

static void find_digits(const struct edge_fft_order *order, uint32_t numbers,
                        struct digits *digits) {
    digits->count = 0;
    for (uint32_t i = 1; i < 2 * order->sides; i++) {
        const uint32_t behind = 2 * order->sides - i;
        const uint32_t size = i == order->sides ? order->middle
                                                : order->radices[i < behind ? i : behind];
        numbers /= size;
        digits->size[digits->count] = size;
        digits->weight[digits->count] = numbers;
        digits->value[digits->count++] = 0;
    }
}

/* The number of reversed digits that follows `reversed`. */
static uint32_t counted(struct digits *digits, uint32_t reversed) {
    for (uint32_t i = 0; i < digits->count; i++) {
        reversed += digits->weight[i];
        if (++digits->value[i] < digits->size[i]) return reversed;
        reversed -= digits->weight[i] * digits->size[i];
        digits->value[i] = 0;
    }
    return reversed;
}

/* Where the middle's stages want the point that lies at `from` in it. */
static uint32_t place(const struct edge_fft_order *order, uint32_t from) {
    uint32_t to = 0, weight = order->middle;
    for (uint32_t i = order->count - order->sides; i-- > order->sides;) {
        weight /= order->radices[i];
        to += from % order->radices[i] * weight;
        from /= order->radices[i];
    }
    return to;
}

/* at[middle] points, `side` apart. */
static void sort_group(const struct edge_fft_order *order, const uint32_t *places,
                       struct edge_point *at) {
    struct edge_point kept[EDGE_FFT_MIDDLE];
    for (uint32_t i = 0; i < order->middle; i++) kept[i] = at[i * order->side];
    for (uint32_t i = 0; i < order->middle; i++) at[places[i] * order->side] = kept[i];
}

static void sort_middle(const struct edge_fft_order *order, struct edge_point *data) {
    uint32_t places[EDGE_FFT_MIDDLE];
    for (uint32_t i = 0; i < order->middle; i++) places[i] = place(order, i);
    for (uint32_t block = 0; block < order->side; block++, data += order->side * order->middle)
        for (uint32_t i = 0; i < order->side; i++) sort_group(order, places, data + i);
}

static inline void swap(struct edge_point *a, struct edge_point *b) {
    const struct edge_point kept = *a;
    *a = *b;
    *b = kept;
}

/* All points whose inner digits are those of a, and in reverse those of b: the first digit and the
 * last, whose step is `stride`, change places. */
static void exchange(struct edge_point *a, struct edge_point *b, uint32_t size, uint32_t stride) {
    for (uint32_t last = 0; last < size; last++)
        for (uint32_t first = a == b ? last + 1 : 0; first < size; first++)
            swap(&a[first + last * stride], &b[last + first * stride]);
}

void edge_fft_sort(const struct edge_fft_order *order, struct edge_point *data) {
    const uint32_t points = order->side * order->middle * order->side, size = order->radices[0];
    if (order->sides != 0) {
        const uint32_t numbers = points / (size * size);
        struct digits digits;
        find_digits(order, numbers, &digits);
        for (uint32_t number = 0, reversed = 0; number < numbers; number++) {
            if (number <= reversed)
                exchange(data + number * size, data + reversed * size, size, points / size);
            reversed = counted(&digits, reversed);
        }
    }
    if (order->count > 2 * order->sides + 1) sort_middle(order, data);
}
