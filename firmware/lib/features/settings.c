/* Reading and checking settings and wanted features, which come from outside. */
#include "envelope.h"
#include "extract.h"
#include "fixed_math.h"
#include "time.h"

/* The part: this, then the tables in the order in which they are named here. */
struct header {
    uint32_t rate, window, channels, step, hop;
    uint32_t whole, segment, frame;     /* lengths; each has its quarter sine */
    uint32_t mel_bands, mel_zeros;      /* edges, steps, decibels */
    uint32_t mfcc_bands, mfcc_zeros;    /* edges, steps, decibels */
};

_Static_assert(sizeof(struct header) == 48, "no gaps");

/* Numbers that have not been given out. */
struct rest {
    const uint8_t *at;
    uint32_t count;
};

/* The next numbers. Without enough of them, none are left for anything that follows. */
static const void *next(struct rest *rest, uint32_t count) {
    const uint8_t *at = rest->at;
    if (count > rest->count) {
        rest->count = 0;
        rest->at = 0;
        return 0;
    }
    rest->at += (uint64_t)count * sizeof(uint32_t);
    rest->count -= count;
    return at;
}

static bool read_sine(struct rest *rest, uint32_t length, struct edge_fft *fft) {
    *fft = (struct edge_fft){length, 0};
    if (length == 0) return true;
    if (!edge_fft_length(length)) return false;
    fft->quarter_sine = next(rest, length / 4 + 1);
    return fft->quarter_sine != 0 && edge_fft_check(fft);
}

/* Edges rise within the bins. Two squares, weights of 16 bits and the widest stretch: 63 bits. */
static bool check_edges(struct edge_mel_bands *mel, uint32_t frame) {
    uint32_t widest = 1;
    for (uint32_t i = 0; i <= mel->bands; i++) {
        if (mel->edges[i + 1] < mel->edges[i]) return false;
        const uint32_t width = (mel->edges[i + 1] - mel->edges[i]) >> 16;
        if (width + 2 > widest) widest = width + 2;
    }
    mel->bits = (uint32_t)(45 - edge_bits(widest)) / 2;
    return mel->edges[mel->bands + 1] <= frame / 2 << 16;
}

static bool check_decibels(const struct edge_mel_bands *mel) {
    for (uint32_t i = 0; i < mel->bands; i++)
        if (mel->decibels[i] > (1 << 27) || mel->decibels[i] < -(1 << 27)) return false;
    return true;
}

static bool read_bands(struct rest *rest, uint32_t bands, uint32_t zeros, uint32_t frame,
                       struct edge_mel_bands *mel) {
    *mel = (struct edge_mel_bands){.bands = bands, .zeros = zeros};
    if (bands == 0) return true;
    if (bands > EDGE_MEL_BANDS_MOST || frame == 0 || zeros > 1) return false;
    mel->edges = next(rest, bands + 2);
    mel->steps = next(rest, bands + 1);
    mel->decibels = next(rest, bands);
    return mel->decibels != 0 && check_edges(mel, frame) && check_decibels(mel);
}

/* A frame mirrors less than a whole window; segments fit in. */
static bool check_sizes(const struct edge_feature_settings *s) {
    if (s->rate == 0 || s->rate > EDGE_FEATURES_RATE_MOST) return false;
    if (s->window == 0 || s->window > EDGE_TIME_LONGEST) return false;
    if (s->channels == 0 || s->channels > 256) return false;
    if (s->whole.length != 0 && s->whole.length != s->window) return false;
    if (s->segment.length > s->window || s->frame.length / 2 >= s->window) return false;
    if (s->segment.length != 0 && (s->step == 0 || s->step > s->window)) return false;
    return s->frame.length == 0 || (s->hop != 0 && s->hop <= s->window);
}

int edge_feature_settings_read(const uint8_t *content, uint32_t bytes,
                               struct edge_feature_settings *out) {
    const struct header *h = (const struct header *)(const void *)content;
    if (bytes < sizeof *h || bytes % sizeof(uint32_t) != 0) return 0;
    struct rest rest = {content + sizeof *h, (bytes - (uint32_t)sizeof *h) / sizeof(uint32_t)};
    out->rate = h->rate;
    out->window = h->window;
    out->channels = h->channels;
    out->step = h->step;
    out->hop = h->hop;
    return read_sine(&rest, h->whole, &out->whole) && read_sine(&rest, h->segment, &out->segment) &&
           read_sine(&rest, h->frame, &out->frame) &&
           read_bands(&rest, h->mel_bands, h->mel_zeros, h->frame, &out->mel) &&
           read_bands(&rest, h->mfcc_bands, h->mfcc_zeros, h->frame, &out->mfcc) &&
           check_sizes(out) && rest.count == 0;
}

static bool in_bands(const struct edge_mel_bands *mel, int32_t band) {
    return band >= 0 && (uint32_t)band < mel->bands;
}

static bool check_band(const struct edge_feature_settings *s, const struct edge_feature *f) {
    if (f->kind != EDGE_FEATURE_psd) return s->segment.length != 0;
    return f->a >= 0 && f->a <= f->b && (uint32_t)f->b <= s->segment.length / 2 &&
           s->segment.length != 0;
}

static bool check_envelope(const struct edge_feature_settings *s, const struct edge_feature *f) {
    return f->a > 0 && f->a < f->b && (uint32_t)f->b <= s->rate / 10 && s->rate >= 2000 &&
           s->window > EDGE_ENVELOPE_EDGE;
}

static bool check_kind(const struct edge_feature_settings *s, const struct edge_feature *f) {
    if (f->kind == 0 || f->kind > EDGE_FEATURE_azc) return false;
    if (f->kind <= EDGE_FEATURE_decrease) return s->whole.length != 0;
    if (f->kind <= EDGE_FEATURE_psd) return check_band(s, f);
    if (f->kind <= EDGE_FEATURE_mel_entropy) return in_bands(&s->mel, f->a);
    if (f->kind <= EDGE_FEATURE_mfcc_std)
        return in_bands(&s->mfcc, f->a) && s->frame.length % (4 * s->mfcc.bands) == 0;
    if (f->kind <= EDGE_FEATURE_crest) return f->a == 0 || f->a == 1;
    if (f->kind == EDGE_FEATURE_envelope) return check_envelope(s, f);
    return f->kind != EDGE_FEATURE_azc || (f->a >= 0 && f->a <= UINT16_MAX);
}

static bool check_channel(const struct edge_feature_settings *s, uint32_t channel) {
    return channel < s->channels || channel - s->channels + 2 < s->channels;
}

int edge_features_check(const struct edge_feature_settings *settings,
                        const struct edge_feature *wanted, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (!check_kind(settings, &wanted[i]) || !check_channel(settings, wanted[i].channel))
            return 0;
    return 1;
}
